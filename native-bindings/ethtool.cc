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

Napi::Value ReceiveQueues(const Napi::CallbackInfo& info) {
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
    // A driver that cannot say so has one.
    if (errno == EOPNOTSUPP) return Napi::Number::New(env, 1);
    return ThrowSystemError(env, errno, "ioctl", "ETHTOOL_GCHANNELS " + name);
  }
  return Napi::Number::New(env, channels.rx_count + channels.combined_count);
}

}  // namespace

void ExportEthtool(Napi::Env env, Napi::Object exports) { Export<ReceiveQueues>(env, exports, "receiveQueues"); }
