// poll(2) for a thread that does not return to its event loop.

#include <poll.h>
#include <time.h>

#include <cerrno>

#include "arguments.h"
#include "modules.h"
#include "system-error.h"

namespace {

// An entry is two int32 in JavaScript: the descriptor; events below revents. Little endian is checked in constants.cc.
static_assert(sizeof(pollfd) == 2 * sizeof(int32_t), "struct pollfd is two int32");

timespec Duration(double microseconds) {
  const auto whole = static_cast<int64_t>(microseconds);
  return {static_cast<time_t>(whole / 1000000), static_cast<long>(whole % 1000000 * 1000)};
}

Napi::Value Poll(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Span<int32_t> entries = Int32Argument(info[0], "entries");
  const uint32_t count = UnsignedArgument(info[1], "count");
  const double timeout_us = NumberArgument(info[2], "timeoutUs");
  if (env.IsExceptionPending()) return {};
  if (count > entries.length / 2 || !(timeout_us < 1e15)) {
    Napi::RangeError::New(env, "poll: expected two elements an entry and a finite timeout").ThrowAsJavaScriptException();
    return {};
  }
  const timespec timeout = Duration(timeout_us);
  const int ready = ppoll(reinterpret_cast<pollfd*>(entries.data), count, timeout_us < 0 ? nullptr : &timeout, nullptr);
  if (ready < 0 && errno != EINTR) return ThrowSystemError(env, errno, "ppoll");
  return Napi::Number::New(env, ready < 0 ? 0 : ready);
}

}  // namespace

void ExportPoll(Napi::Env env, Napi::Object exports) { Export<Poll>(env, exports, "poll"); }
