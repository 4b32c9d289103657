#pragma once

#include <napi.h>

#include <string>

// Throws an Error as Node's own system errors are: `code` ("ENODEV"), `errno` (negative), `syscall`, and the message
// "CODE: text, syscall detail". `error` is a positive errno. Returns an empty value, for `return ThrowSystemError(…)`.
Napi::Value ThrowSystemError(Napi::Env env, int error, const char* syscall, const std::string& detail = "");
