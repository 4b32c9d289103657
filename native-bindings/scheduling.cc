// The scheduling class of the calling thread: sched(7).

#include <sched.h>

#include <cerrno>

#include "arguments.h"
#include "modules.h"
#include "system-error.h"

namespace {

Napi::Value TakeRealtime(const Napi::CallbackInfo& info) {
  const int priority = DescriptorArgument(info[0], "priority");
  if (info.Env().IsExceptionPending()) return {};
  sched_param parameters{};
  parameters.sched_priority = priority;
  // What the thread starts has nothing to do with deadlines.
  if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters) < 0) {
    return ThrowSystemError(info.Env(), errno, "sched_setscheduler", "SCHED_RR");
  }
  return info.Env().Undefined();
}

}  // namespace

void ExportScheduling(Napi::Env env, Napi::Object exports) { Export<TakeRealtime>(env, exports, "takeRealtime"); }
