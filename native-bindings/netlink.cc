// Netlink sockets: netlink(7). Messages are built and read in TypeScript.

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

namespace {

constexpr int kReceiveBufferBytes = 1 << 20;

// All of these only sharpen what the kernel answers, and kernels before 4.20 lack the last: a refusal is no error.
void Sharpen(const Descriptor& netlink) {
  const int on = 1;
  const int bytes = kReceiveBufferBytes;
  if (setsockopt(netlink.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0) {
    setsockopt(netlink.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  setsockopt(netlink.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(netlink.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(netlink.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

Napi::Value OpenNetlink(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int protocol = DescriptorArgument(info[0], "protocol");
  const uint32_t groups = UnsignedArgument(info[1], "groups");
  if (env.IsExceptionPending()) return {};
  Descriptor netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!netlink.valid()) return ThrowSystemError(env, errno, "socket", "AF_NETLINK");
  Sharpen(netlink);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(netlink.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) {
    return ThrowSystemError(env, errno, "bind", "AF_NETLINK");
  }
  return Napi::Number::New(env, netlink.release());
}

Napi::Value SendNetlink(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const Span<uint8_t> bytes = BytesArgument(info[1], "bytes");
  if (env.IsExceptionPending()) return {};
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const sockaddr* to = reinterpret_cast<sockaddr*>(&kernel);
  if (sendto(fd, bytes.data, bytes.length, MSG_NOSIGNAL, to, sizeof kernel) < 0) {
    return ThrowSystemError(env, errno, "sendto", "AF_NETLINK");
  }
  return env.Undefined();
}

Napi::Value ReceiveNetlink(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const Span<uint8_t> into = BytesArgument(info[1], "into");
  if (env.IsExceptionPending()) return {};
  for (;;) {
    sockaddr_nl from{};
    socklen_t from_length = sizeof from;
    const ssize_t length = recvfrom(fd, into.data, into.length, MSG_DONTWAIT | MSG_TRUNC,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return Napi::Number::New(env, 0);
    if (length < 0) return ThrowSystemError(env, errno, "recvfrom", "AF_NETLINK");
    // Any process may send to a netlink socket; only port 0 is the kernel.
    if (from.nl_pid != 0) continue;
    if (static_cast<size_t>(length) > into.length) return ThrowSystemError(env, EMSGSIZE, "recvfrom", "AF_NETLINK");
    return Napi::Number::New(env, static_cast<double>(length));
  }
}

}  // namespace

void ExportNetlink(Napi::Env env, Napi::Object exports) {
  Export<OpenNetlink>(env, exports, "openNetlink");
  Export<SendNetlink>(env, exports, "sendNetlink");
  Export<ReceiveNetlink>(env, exports, "receiveNetlink");
}
