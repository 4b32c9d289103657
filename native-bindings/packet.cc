// AF_PACKET raw sockets: packet(7).

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "arguments.h"
#include "descriptor.h"
#include "modules.h"
#include "system-error.h"

// linux/if_packet.h of Linux 5.11.
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

namespace {

struct PacketOptions {
  int ifindex;
  bool vnet_header;
  bool ignore_outgoing;
  bool qdisc_bypass;
  int receive_buffer_bytes;
  int send_buffer_bytes;
  int priority;
  // The caller's part of the filter; empty if it lets everything in.
  Span<uint8_t> filter;
};

PacketOptions ReadOptions(const Napi::Value& value) {
  const Napi::Object options = ObjectArgument(value, "options");
  return {DescriptorArgument(Property(options, "ifindex"), "ifindex"),
          BooleanArgument(Property(options, "vnetHeader"), "vnetHeader"),
          BooleanArgument(Property(options, "ignoreOutgoing"), "ignoreOutgoing"),
          BooleanArgument(Property(options, "qdiscBypass"), "qdiscBypass"),
          DescriptorArgument(Property(options, "receiveBufferBytes"), "receiveBufferBytes"),
          DescriptorArgument(Property(options, "sendBufferBytes"), "sendBufferBytes"),
          options.Has("priority") ? DescriptorArgument(Property(options, "priority"), "priority") : 0,
          options.Has("filter") ? BytesArgument(Property(options, "filter"), "filter") : Span<uint8_t>{}};
}

bool SetFlag(const Descriptor& socket, int option) {
  const int on = 1;
  return setsockopt(socket.get(), SOL_PACKET, option, &on, sizeof on) == 0;
}

// The forced variant is not bound by net.core.[rw]mem_max but needs CAP_NET_ADMIN in the first user namespace.
bool SetBuffer(const Descriptor& socket, int forced, int ordinary, int bytes) {
  return setsockopt(socket.get(), SOL_SOCKET, forced, &bytes, sizeof bytes) == 0 ||
         setsockopt(socket.get(), SOL_SOCKET, ordinary, &bytes, sizeof bytes) == 0;
}

// The kernel takes a VLAN tag out of the frame before a tap sees it: without this filter a tagged frame would look like
// one of the untagged link. What is not tagged goes on to the caller's program, whose jumps are relative.
bool AttachFilter(int fd, const Span<uint8_t>& rest) {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const size_t own = program.size();
  if (rest.length == 0) {
    program.push_back(BPF_STMT(BPF_RET | BPF_K, 0xffffffff));
  } else {
    program.resize(own + rest.length / sizeof(sock_filter));
    std::memcpy(&program[own], rest.data, (program.size() - own) * sizeof(sock_filter));
  }
  const sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

bool IsProgram(const Napi::Env& env, const Span<uint8_t>& filter) {
  if (filter.length % sizeof(sock_filter) == 0 && filter.length <= sizeof(sock_filter) * BPF_MAXINSNS) return true;
  Napi::RangeError::New(env, "filter: expected at most 4096 instructions of 8 bytes").ThrowAsJavaScriptException();
  return false;
}

// The name of the first step that failed, or nullptr.
const char* Configure(const Descriptor& socket, const PacketOptions& options) {
  if (!AttachFilter(socket.get(), options.filter)) return "SO_ATTACH_FILTER";
  const int priority = options.priority;
  if (setsockopt(socket.get(), SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority) < 0) return "SO_PRIORITY";
  if (options.vnet_header && !SetFlag(socket, PACKET_VNET_HDR)) return "PACKET_VNET_HDR";
  if (options.ignore_outgoing && !SetFlag(socket, PACKET_IGNORE_OUTGOING)) return "PACKET_IGNORE_OUTGOING";
  if (options.qdisc_bypass && !SetFlag(socket, PACKET_QDISC_BYPASS)) return "PACKET_QDISC_BYPASS";
  if (!SetBuffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes)) return "SO_RCVBUF";
  if (!SetBuffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_bytes)) return "SO_SNDBUF";
  return nullptr;
}

Napi::Value OpenPacket(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const PacketOptions options = ReadOptions(info[0]);
  if (env.IsExceptionPending()) return {};
  if (!IsProgram(env, options.filter)) return {};

  // Protocol 0 receives nothing until bind names both the link and the protocol.
  Descriptor packet(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!packet.valid()) return ThrowSystemError(env, errno, "socket", "AF_PACKET");
  if (const char* failed = Configure(packet, options)) return ThrowSystemError(env, errno, "setsockopt", failed);

  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = options.ifindex;
  // Index 0 would mean every link.
  const bool bound =
      options.ifindex != 0 && bind(packet.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  if (!bound) {
    const int error = options.ifindex == 0 ? ENODEV : errno;
    return ThrowSystemError(env, error, "bind", "AF_PACKET ifindex " + std::to_string(options.ifindex));
  }
  return Napi::Number::New(env, packet.release());
}

Napi::Value SetPacketFilter(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const Span<uint8_t> filter = BytesArgument(info[1], "filter");
  if (env.IsExceptionPending() || !IsProgram(env, filter)) return {};
  if (!AttachFilter(fd, filter)) return ThrowSystemError(env, errno, "setsockopt", "SO_ATTACH_FILTER");
  return env.Undefined();
}

Napi::Value JoinPacketFanout(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const bool is_new = info[1].IsUndefined();
  const int group = is_new ? 0 : DescriptorArgument(info[1], "group");
  if (env.IsExceptionPending()) return {};
  const uint32_t flags = PACKET_FANOUT_FLAG_IGNORE_OUTGOING | (is_new ? PACKET_FANOUT_FLAG_UNIQUEID : 0);
  uint32_t fanout = (group & 0xffff) | (PACKET_FANOUT_HASH | flags) << 16;
  socklen_t length = sizeof fanout;
  if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout, length) < 0) {
    return ThrowSystemError(env, errno, "setsockopt", "PACKET_FANOUT");
  }
  if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout, &length) < 0) {
    return ThrowSystemError(env, errno, "getsockopt", "PACKET_FANOUT");
  }
  return Napi::Number::New(env, fanout & 0xffff);
}

Napi::Value JoinPacketMulticast(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  const int ifindex = DescriptorArgument(info[1], "ifindex");
  const Span<uint8_t> mac = BytesArgument(info[2], "mac");
  if (env.IsExceptionPending()) return {};
  if (mac.length != ETH_ALEN) {
    Napi::RangeError::New(env, "mac: expected 6 bytes").ThrowAsJavaScriptException();
    return {};
  }
  packet_mreq membership{};
  membership.mr_ifindex = ifindex;
  membership.mr_type = PACKET_MR_MULTICAST;
  membership.mr_alen = ETH_ALEN;
  std::memcpy(membership.mr_address, mac.data, ETH_ALEN);
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) < 0) {
    return ThrowSystemError(env, errno, "setsockopt", "PACKET_ADD_MEMBERSHIP");
  }
  return env.Undefined();
}

Napi::Value PacketStatistics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = DescriptorArgument(info[0], "fd");
  if (env.IsExceptionPending()) return {};
  tpacket_stats statistics{};
  socklen_t length = sizeof statistics;
  if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0) {
    return ThrowSystemError(env, errno, "getsockopt", "PACKET_STATISTICS");
  }
  const Napi::Object result = Napi::Object::New(env);
  result.Set("packets", Napi::Number::New(env, statistics.tp_packets));
  result.Set("drops", Napi::Number::New(env, statistics.tp_drops));
  return result;
}

Napi::Value InterfaceIndex(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = TextArgument(info[0], "name", IF_NAMESIZE);
  if (env.IsExceptionPending()) return {};
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0 && errno != ENODEV) return ThrowSystemError(env, errno, "if_nametoindex", name);
  return Napi::Number::New(env, index);
}

}  // namespace

void ExportPacket(Napi::Env env, Napi::Object exports) {
  Export<OpenPacket>(env, exports, "openPacket");
  Export<SetPacketFilter>(env, exports, "setPacketFilter");
  Export<JoinPacketFanout>(env, exports, "joinPacketFanout");
  Export<JoinPacketMulticast>(env, exports, "joinPacketMulticast");
  Export<PacketStatistics>(env, exports, "packetStatistics");
  Export<InterfaceIndex>(env, exports, "interfaceIndex");
}
