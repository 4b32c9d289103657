// The addon: system calls and memory for src/kernel, no policy. The contract is src/kernel/binding.ts. No global state,
// so that every thread of the process may load it.

#include <unistd.h>

#include <cerrno>

#include "arguments.h"
#include "modules.h"
#include "system-error.h"

namespace {

Napi::Value Close(const Napi::CallbackInfo& info) {
  const int fd = DescriptorArgument(info[0], "fd");
  if (info.Env().IsExceptionPending()) return {};
  // Linux releases the descriptor even when close reports EINTR, so that a second try would hit a stranger's.
  if (close(fd) < 0 && errno != EINTR) return ThrowSystemError(info.Env(), errno, "close");
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Export<Close>(env, exports, "close");
  ExportBpf(env, exports);
  ExportClock(env, exports);
  ExportConstants(env, exports);
  ExportEthtool(env, exports);
  ExportEvent(env, exports);
  ExportHugePages(env, exports);
  ExportNamespace(env, exports);
  ExportNetlink(env, exports);
  ExportPacket(env, exports);
  ExportPacketIo(env, exports);
  ExportPoll(env, exports);
  ExportPrivileges(env, exports);
  ExportScheduling(env, exports);
  ExportTun(env, exports);
  ExportUnixDatagram(env, exports);
  ExportWatch(env, exports);
  ExportXdp(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(lasthop, Init)
