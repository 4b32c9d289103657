#include "system-error.h"

#include <uv.h>

Napi::Value ThrowSystemError(Napi::Env env, int error, const char* syscall, const std::string& detail) {
  char code[64];
  char text[256];
  uv_err_name_r(-error, code, sizeof code);
  uv_strerror_r(-error, text, sizeof text);
  std::string message = std::string(code) + ": " + text + ", " + syscall;
  if (!detail.empty()) message += " " + detail;
  Napi::Error exception = Napi::Error::New(env, message);
  Napi::Object fields = exception.Value();
  fields.Set("code", Napi::String::New(env, code));
  fields.Set("errno", Napi::Number::New(env, -error));
  fields.Set("syscall", Napi::String::New(env, syscall));
  exception.ThrowAsJavaScriptException();
  return {};
}
