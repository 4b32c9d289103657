// UNIX datagram sockets: unix(7). Service managers listen at one (sd_notify); a pair of them is a wire within a process.

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

namespace {

constexpr size_t kMaximumTextBytes = 4096;

Napi::Value SendUnixDatagram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  sockaddr_un address{};
  const std::string path = TextArgument(info[0], "path", sizeof address.sun_path);
  const std::string text = TextArgument(info[1], "text", kMaximumTextBytes);
  if (env.IsExceptionPending()) return {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  // An abstract name starts with NUL and has no NUL at its end; its length alone bounds it.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());

  const Descriptor datagram(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!datagram.valid()) return ThrowSystemError(env, errno, "socket", "AF_UNIX");
  const sockaddr* to = reinterpret_cast<sockaddr*>(&address);
  if (sendto(datagram.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL, to, length) < 0) {
    return ThrowSystemError(env, errno, "sendto", path);
  }
  return env.Undefined();
}

Napi::Value CreateSocketPair(const Napi::CallbackInfo& info) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0) {
    return ThrowSystemError(info.Env(), errno, "socketpair", "AF_UNIX");
  }
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  for (uint32_t end = 0; end < 2; end++) pair.Set(end, fds[end]);
  return pair;
}

}  // namespace

void ExportUnixDatagram(Napi::Env env, Napi::Object exports) {
  Export<SendUnixDatagram>(env, exports, "sendUnixDatagram");
  Export<CreateSocketPair>(env, exports, "createSocketPair");
}
