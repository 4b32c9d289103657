// TUN devices (Documentation/networking/tuntap.rst of the kernel).

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"
#include "virtio-net.h"

namespace {

struct TunOptions {
  std::string name;
  bool vnet_header;
  bool multi_queue;
  uint32_t offload;
};

TunOptions ReadOptions(const Napi::Value& value) {
  const Napi::Object options = ObjectArgument(value, "options");
  return {TextArgument(Property(options, "name"), "name", IFNAMSIZ), BooleanArgument(Property(options, "vnetHeader"), "vnetHeader"),
          BooleanArgument(Property(options, "multiQueue"), "multiQueue"),
          UnsignedArgument(Property(options, "offload"), "offload")};
}

Napi::Value OpenTun(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TunOptions options = ReadOptions(info[0]);
  if (env.IsExceptionPending()) return {};

  Descriptor tun(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tun.valid()) return ThrowSystemError(env, errno, "open", "/dev/net/tun");

  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (options.vnet_header) request.ifr_flags |= IFF_VNET_HDR;
  if (options.multi_queue) request.ifr_flags |= IFF_MULTI_QUEUE;
  std::memcpy(request.ifr_name, options.name.c_str(), options.name.size() + 1);
  if (ioctl(tun.get(), TUNSETIFF, &request) < 0) return ThrowSystemError(env, errno, "TUNSETIFF", options.name);

  if (options.vnet_header) {
    int header_bytes = sizeof(virtio_net_hdr);
    if (ioctl(tun.get(), TUNSETVNETHDRSZ, &header_bytes) < 0) return ThrowSystemError(env, errno, "TUNSETVNETHDRSZ");
    const unsigned long offload = options.offload;
    if (ioctl(tun.get(), TUNSETOFFLOAD, offload) < 0) return ThrowSystemError(env, errno, "TUNSETOFFLOAD");
  }
  const Napi::Object result = Napi::Object::New(env);
  result.Set("name", Napi::String::New(env, request.ifr_name));
  result.Set("fd", Napi::Number::New(env, tun.release()));
  return result;
}

}  // namespace

void ExportTun(Napi::Env env, Napi::Object exports) { Export<OpenTun>(env, exports, "openTun"); }
