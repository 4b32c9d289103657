#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

// Checked reading of arguments. On a wrong type or range they throw a TypeError or RangeError that names `what` and
// return zero or an empty value; the caller looks at `env.IsExceptionPending()` once, after the last argument. An empty
// value is what an earlier failure left behind, and is read as zero in silence.

// The memory of a typed array; valid until JavaScript runs again.
template <typename T>
struct Span {
  T* data = nullptr;
  size_t length = 0;
};

// An integer of -2^31 … 2^31-1.
int32_t IntArgument(const Napi::Value& value, const char* what);
// An integer of 0 … 2^31-1.
int DescriptorArgument(const Napi::Value& value, const char* what);
// An integer of 0 … 2^32-1.
uint32_t UnsignedArgument(const Napi::Value& value, const char* what);
double NumberArgument(const Napi::Value& value, const char* what);
bool BooleanArgument(const Napi::Value& value, const char* what);
// UTF-8, shorter than `limit` bytes, no NUL inside.
std::string TextArgument(const Napi::Value& value, const char* what, size_t limit);
Span<uint8_t> BytesArgument(const Napi::Value& value, const char* what);
Span<int32_t> Int32Argument(const Napi::Value& value, const char* what);
Span<double> Float64Argument(const Napi::Value& value, const char* what);
Napi::Object ObjectArgument(const Napi::Value& value, const char* what);
// A property of what ObjectArgument returned; empty if an exception is pending.
Napi::Value Property(const Napi::Object& object, const char* name);
