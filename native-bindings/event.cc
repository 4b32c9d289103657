// Wake-up descriptors: eventfd(2).

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "arguments.h"
#include "modules.h"
#include "system-error.h"

namespace {

Napi::Value CreateEvent(const Napi::CallbackInfo& info) {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) return ThrowSystemError(info.Env(), errno, "eventfd");
  return Napi::Number::New(info.Env(), fd);
}

Napi::Value SignalEvent(const Napi::CallbackInfo& info) {
  const int fd = DescriptorArgument(info[0], "fd");
  if (info.Env().IsExceptionPending()) return {};
  const uint64_t one = 1;
  // EAGAIN: the counter is full, so the event is signalled already.
  if (write(fd, &one, sizeof one) < 0 && errno != EAGAIN) return ThrowSystemError(info.Env(), errno, "write", "eventfd");
  return info.Env().Undefined();
}

Napi::Value ClearEvent(const Napi::CallbackInfo& info) {
  const int fd = DescriptorArgument(info[0], "fd");
  if (info.Env().IsExceptionPending()) return {};
  uint64_t count = 0;
  if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN) return ThrowSystemError(info.Env(), errno, "read", "eventfd");
  return info.Env().Undefined();
}

}  // namespace

void ExportEvent(Napi::Env env, Napi::Object exports) {
  Export<CreateEvent>(env, exports, "createEvent");
  Export<SignalEvent>(env, exports, "signalEvent");
  Export<ClearEvent>(env, exports, "clearEvent");
}
