// Numbers from the C headers, so that TypeScript repeats no layout or flag that a header knows.

#include <linux/bpf.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "modules.h"
#include "virtio-net.h"

// Linux 6.2; the headers of Debian 12 are those of 6.1.
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "netlink and virtio-net fields are read as little endian");

namespace {

struct Constant {
  const char* name;
  int64_t value;
};

#define CONSTANT(name) {#name, static_cast<int64_t>(name)}

constexpr Constant kErrors[] = {
    CONSTANT(EAGAIN), CONSTANT(EBADF), CONSTANT(EBADFD), CONSTANT(EBUSY), CONSTANT(EEXIST), CONSTANT(EINVAL),
    CONSTANT(EIO), CONSTANT(EMSGSIZE), CONSTANT(ENETDOWN), CONSTANT(ENOBUFS), CONSTANT(ENODEV), CONSTANT(ENOENT),
    CONSTANT(ENXIO), CONSTANT(EPERM), CONSTANT(ETIMEDOUT),
};

constexpr Constant kPoll[] = {
    CONSTANT(POLLIN), CONSTANT(POLLNVAL),
};

constexpr Constant kVirtioNet[] = {
    {"VIRTIO_NET_HDR_BYTES", sizeof(virtio_net_hdr)},
    {"VIRTIO_NET_HDR_FLAGS", offsetof(virtio_net_hdr, flags)},
    {"VIRTIO_NET_HDR_GSO_TYPE", offsetof(virtio_net_hdr, gso_type)},
    {"VIRTIO_NET_HDR_HDR_LEN", offsetof(virtio_net_hdr, hdr_len)},
    {"VIRTIO_NET_HDR_GSO_SIZE", offsetof(virtio_net_hdr, gso_size)},
    {"VIRTIO_NET_HDR_CSUM_START", offsetof(virtio_net_hdr, csum_start)},
    {"VIRTIO_NET_HDR_CSUM_OFFSET", offsetof(virtio_net_hdr, csum_offset)},
    CONSTANT(VIRTIO_NET_HDR_F_NEEDS_CSUM),
    CONSTANT(VIRTIO_NET_HDR_F_DATA_VALID),
    CONSTANT(VIRTIO_NET_HDR_GSO_NONE),
    CONSTANT(VIRTIO_NET_HDR_GSO_TCPV4),
    CONSTANT(VIRTIO_NET_HDR_GSO_TCPV6),
    CONSTANT(VIRTIO_NET_HDR_GSO_UDP),
    CONSTANT(VIRTIO_NET_HDR_GSO_UDP_L4),
    CONSTANT(VIRTIO_NET_HDR_GSO_ECN),
    CONSTANT(TUN_F_CSUM),
    CONSTANT(TUN_F_TSO4),
    CONSTANT(TUN_F_TSO6),
    CONSTANT(TUN_F_TSO_ECN),
    CONSTANT(TUN_F_USO4),
    CONSTANT(TUN_F_USO6),
};

constexpr Constant kNetlink[] = {
    CONSTANT(NETLINK_ROUTE), CONSTANT(NETLINK_NETFILTER), CONSTANT(NLMSG_ERROR), CONSTANT(NLMSG_DONE),
    CONSTANT(NLM_F_REQUEST), CONSTANT(NLM_F_ACK), CONSTANT(NLM_F_DUMP), CONSTANT(NLM_F_DUMP_INTR),
    CONSTANT(NLM_F_CREATE), CONSTANT(NLM_F_EXCL), CONSTANT(NLM_F_CAPPED), CONSTANT(NLM_F_ACK_TLVS),
    CONSTANT(NLMSGERR_ATTR_MSG), CONSTANT(NLA_F_NESTED), CONSTANT(NLA_TYPE_MASK),
};

constexpr Constant kRtnetlink[] = {
    CONSTANT(RTM_NEWLINK), CONSTANT(RTM_DELLINK), CONSTANT(RTM_GETLINK), CONSTANT(RTM_SETLINK), CONSTANT(RTM_NEWADDR),
    CONSTANT(RTM_DELADDR), CONSTANT(RTM_GETADDR), CONSTANT(RTM_NEWROUTE), CONSTANT(RTM_DELROUTE),
    CONSTANT(RTM_GETROUTE), CONSTANT(RTMGRP_LINK), CONSTANT(IFLA_ADDRESS), CONSTANT(IFLA_IFNAME), CONSTANT(IFLA_MTU),
    CONSTANT(IFLA_EXT_MASK), CONSTANT(RTEXT_FILTER_SKIP_STATS), CONSTANT(IFLA_AF_SPEC), CONSTANT(IFLA_LINKINFO),
    CONSTANT(IFLA_INFO_KIND), CONSTANT(IFLA_INET6_ADDR_GEN_MODE), CONSTANT(IN6_ADDR_GEN_MODE_NONE),
    CONSTANT(IFA_ADDRESS), CONSTANT(IFA_LOCAL),
    CONSTANT(RTA_DST), CONSTANT(RTA_SRC), CONSTANT(RTA_OIF), CONSTANT(RTA_GATEWAY), CONSTANT(RTA_PRIORITY),
    CONSTANT(RTA_PREFSRC), CONSTANT(RTA_TABLE), CONSTANT(RT_TABLE_MAIN), CONSTANT(RT_TABLE_UNSPEC),
    CONSTANT(RTPROT_STATIC), CONSTANT(RTN_UNICAST), CONSTANT(RT_SCOPE_UNIVERSE), CONSTANT(RT_SCOPE_LINK),
    CONSTANT(IFF_UP), CONSTANT(IFF_LOWER_UP), CONSTANT(ARPHRD_ETHER), {"SIZEOF_IFINFOMSG", sizeof(ifinfomsg)},
    {"SIZEOF_IFADDRMSG", sizeof(ifaddrmsg)}, {"SIZEOF_RTMSG", sizeof(rtmsg)},
};

constexpr Constant kNetfilter[] = {
    CONSTANT(NFNL_MSG_BATCH_BEGIN), CONSTANT(NFNL_MSG_BATCH_END), CONSTANT(NFNL_SUBSYS_NFTABLES),
    CONSTANT(NFT_MSG_NEWTABLE), CONSTANT(NFT_MSG_NEWCHAIN), CONSTANT(NFPROTO_NETDEV), CONSTANT(NFTA_TABLE_NAME),
    CONSTANT(NFTA_TABLE_FLAGS), CONSTANT(NFT_TABLE_F_OWNER), CONSTANT(NFTA_CHAIN_TABLE), CONSTANT(NFTA_CHAIN_NAME),
    CONSTANT(NFTA_CHAIN_HOOK), CONSTANT(NFTA_CHAIN_POLICY), CONSTANT(NFTA_CHAIN_TYPE), CONSTANT(NFTA_HOOK_HOOKNUM),
    CONSTANT(NFTA_HOOK_PRIORITY), CONSTANT(NFTA_HOOK_DEV), CONSTANT(NF_NETDEV_INGRESS), CONSTANT(NF_DROP),
};

constexpr Constant kXdp[] = {
    CONSTANT(XDP_DROP), CONSTANT(XDP_PASS), CONSTANT(XDP_PACKET_HEADROOM), CONSTANT(XDP_RING_NEED_WAKEUP),
    {"SIZEOF_XDP_DESC", sizeof(xdp_desc)},
};

#undef CONSTANT

template <size_t count>
void Add(Napi::Env env, Napi::Object into, const Constant (&constants)[count]) {
  for (const Constant& constant : constants) {
    into.Set(constant.name, Napi::Number::New(env, static_cast<double>(constant.value)));
  }
}

}  // namespace

void ExportConstants(Napi::Env env, Napi::Object exports) {
  const Napi::Object constants = Napi::Object::New(env);
  Add(env, constants, kErrors);
  Add(env, constants, kPoll);
  Add(env, constants, kVirtioNet);
  Add(env, constants, kNetlink);
  Add(env, constants, kRtnetlink);
  Add(env, constants, kNetfilter);
  Add(env, constants, kXdp);
  constants.Set("PAGE_BYTES", Napi::Number::New(env, static_cast<double>(sysconf(_SC_PAGESIZE))));
  constants.Freeze();
  exports.Set("constants", constants);
}
