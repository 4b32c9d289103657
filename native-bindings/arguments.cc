#include "arguments.h"

#include <cmath>
#include <limits>

namespace {

// Throws unless `value` is empty or an exception is pending already.
template <typename Error>
void Complain(const Napi::Value& value, const char* what, const std::string& expected) {
  if (value.IsEmpty() || value.Env().IsExceptionPending()) return;
  Error::New(value.Env(), std::string(what) + ": expected " + expected).ThrowAsJavaScriptException();
}

double IntegerArgument(const Napi::Value& value, const char* what, double least, double most) {
  const double number = NumberArgument(value, what);
  if (number >= least && number <= most && number == std::trunc(number)) return number;
  const std::string from = std::to_string(static_cast<int64_t>(least));
  const std::string to = std::to_string(static_cast<int64_t>(most));
  Complain<Napi::RangeError>(value, what, "an integer from " + from + " to " + to);
  return 0;
}

template <typename T>
Span<T> TypedArrayArgument(const Napi::Value& value, const char* what, napi_typedarray_type wanted,
                           const char* expected) {
  const napi_env env = value.Env();
  bool typed = false;
  if (!value.IsEmpty()) napi_is_typedarray(env, value, &typed);
  napi_typedarray_type type = napi_int8_array;
  size_t length = 0;
  void* data = nullptr;
  // Works for memory of an ArrayBuffer and of a SharedArrayBuffer; the buffer object itself is not asked for.
  if (typed) napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
  if (!typed || type != wanted) {
    Complain<Napi::TypeError>(value, what, expected);
    return {};
  }
  return {static_cast<T*>(data), length};
}

}  // namespace

double NumberArgument(const Napi::Value& value, const char* what) {
  if (value.IsNumber()) return value.As<Napi::Number>().DoubleValue();
  Complain<Napi::TypeError>(value, what, "a number");
  return 0;
}

int32_t IntArgument(const Napi::Value& value, const char* what) {
  using Limits = std::numeric_limits<int32_t>;
  return static_cast<int32_t>(IntegerArgument(value, what, Limits::min(), Limits::max()));
}

int DescriptorArgument(const Napi::Value& value, const char* what) {
  return static_cast<int>(IntegerArgument(value, what, 0, std::numeric_limits<int>::max()));
}

uint32_t UnsignedArgument(const Napi::Value& value, const char* what) {
  return static_cast<uint32_t>(IntegerArgument(value, what, 0, std::numeric_limits<uint32_t>::max()));
}

bool BooleanArgument(const Napi::Value& value, const char* what) {
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value();
  Complain<Napi::TypeError>(value, what, "a boolean");
  return false;
}

std::string TextArgument(const Napi::Value& value, const char* what, size_t limit) {
  if (!value.IsString()) {
    Complain<Napi::TypeError>(value, what, "a string");
    return {};
  }
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.size() < limit && text.find('\0') == std::string::npos) return text;
  Complain<Napi::RangeError>(value, what, "fewer than " + std::to_string(limit) + " bytes and no NUL");
  return {};
}

Span<uint8_t> BytesArgument(const Napi::Value& value, const char* what) {
  return TypedArrayArgument<uint8_t>(value, what, napi_uint8_array, "a Uint8Array");
}

Span<int32_t> Int32Argument(const Napi::Value& value, const char* what) {
  return TypedArrayArgument<int32_t>(value, what, napi_int32_array, "an Int32Array");
}

Span<double> Float64Argument(const Napi::Value& value, const char* what) {
  return TypedArrayArgument<double>(value, what, napi_float64_array, "a Float64Array");
}

Napi::Object ObjectArgument(const Napi::Value& value, const char* what) {
  if (value.IsObject()) return value.As<Napi::Object>();
  Complain<Napi::TypeError>(value, what, "an object");
  return {};
}

Napi::Value Property(const Napi::Object& object, const char* name) {
  if (object.IsEmpty() || object.Env().IsExceptionPending()) return {};
  return object.Get(name);
}
