// How the calling thread is scheduled: sched(7).

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

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

// `struct sched_attr` of linux/sched/types.h, as much of it as every kernel has; the C library has no word for it.
struct Attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

Napi::Value TakeSlice(const Napi::CallbackInfo& info) {
  const int microseconds = DescriptorArgument(info[0], "microseconds");
  if (info.Env().IsExceptionPending()) return {};
  Attributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0) {
    return ThrowSystemError(info.Env(), errno, "sched_getattr", "slice");
  }
  attributes.size = sizeof attributes;
  attributes.runtime = static_cast<uint64_t>(microseconds) * 1000;
  if (syscall(SYS_sched_setattr, 0, &attributes, 0) < 0) {
    return ThrowSystemError(info.Env(), errno, "sched_setattr", "slice");
  }
  return info.Env().Undefined();
}

}  // namespace

void ExportScheduling(Napi::Env env, Napi::Object exports) {
  Export<TakeRealtime>(env, exports, "takeRealtime");
  Export<TakeSlice>(env, exports, "takeSlice");
}
