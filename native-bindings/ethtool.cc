// What only the ethtool interface of a driver says: SIOCETHTOOL of netdevice(7).

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

namespace {

Napi::Value ReadChannels(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = TextArgument(info[0], "name", IF_NAMESIZE);
  if (env.IsExceptionPending()) return {};
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any.valid()) return ThrowSystemError(env, errno, "socket", "AF_INET");
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  ifreq request{};
  name.copy(request.ifr_name, IF_NAMESIZE - 1);
  request.ifr_data = reinterpret_cast<char*>(&channels);
  if (ioctl(any.get(), SIOCETHTOOL, &request) < 0) {
    if (errno != EOPNOTSUPP) return ThrowSystemError(env, errno, "ioctl", "ETHTOOL_GCHANNELS " + name);
    // A driver that cannot say so has one.
    channels.combined_count = 1;
  }
  Napi::Object counts = Napi::Object::New(env);
  counts.Set("receive", Napi::Number::New(env, channels.rx_count));
  counts.Set("transmit", Napi::Number::New(env, channels.tx_count));
  counts.Set("combined", Napi::Number::New(env, channels.combined_count));
  return counts;
}

}  // namespace

void ExportEthtool(Napi::Env env, Napi::Object exports) { Export<ReadChannels>(env, exports, "readChannels"); }
