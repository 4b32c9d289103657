#include <time.h>

#include "arguments.h"
#include "modules.h"

namespace {

Napi::Value ReadClock(const Napi::CallbackInfo& info) {
  const Span<double> into = Float64Argument(info[0], "into");
  if (info.Env().IsExceptionPending()) return {};
  if (into.length < 1) {
    Napi::RangeError::New(info.Env(), "into: expected one element").ThrowAsJavaScriptException();
    return {};
  }
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  into.data[0] = static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec / 1000);
  return info.Env().Undefined();
}

}  // namespace

void ExportClock(Napi::Env env, Napi::Object exports) { Export<ReadClock>(env, exports, "readClock"); }
