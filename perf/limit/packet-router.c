/*
 * The limit: what a router with the same system calls as lasthop can do in C. Two links with the virtio-net header: packet
 * sockets, 64 frames a recvmmsg and a sendmmsg, or a TUN device, a packet a readv and a writev. Between them for each frame:
 * is it for this link, is the IPv4 header right (RFC 1812 section 5.2.2), is the TTL left, which of a few routes is the
 * longest match, a new TTL and checksum (RFC 1624), a new Ethernet header. No ARP, no ICMP, no options, no fragments, no
 * counters.
 *
 *   packet-router LINK_A LINK_B DROP_EVERY PREFIX/LENGTH LINK NEXT_HOP_MAC [PREFIX/LENGTH LINK NEXT_HOP_MAC ...]
 *
 * A link `tun:NAME` is a TUN device that the program makes; the MAC addresses of what goes there do not matter. DROP_EVERY,
 * if it is not 0, loses every so manieth packet, for tests of who measures it. When it looks on and when it sleeps is as in
 * lasthop (`linger.h`). Ends by a signal.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "linger.h"

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

enum {
  kBatch = 64,
  kLinks = 2,
  kMostRoutes = 16,
  kEthernetBytes = 14,
  kFrameBytes = 65536 + kEthernetBytes,
  kReceiveBufferBytes = 8 << 20,
  kSendBufferBytes = 4 << 20,
  kNiceValue = -10,
};

struct link {
  int fd;
  int is_tun;
  uint8_t mac[6];
  int queued;
  struct iovec parts[kBatch][2];
  struct mmsghdr messages[kBatch];
};

struct route {
  uint32_t prefix, mask;
  int link;
  uint8_t mac[6];
};

static struct link links[kLinks];
static struct route routes[kMostRoutes];
static int route_count;

static struct virtio_net_hdr headers[kBatch];
static uint8_t frames[kBatch][kFrameBytes];
static struct iovec parts[kBatch][2];
static struct mmsghdr messages[kBatch];

static void Fail(const char* what) {
  fprintf(stderr, "packet-router: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void Set(int fd, int level, int option, int value, const char* what) {
  if (setsockopt(fd, level, option, &value, sizeof value) != 0) Fail(what);
}

static void OpenTun(struct link* link, const char* name) {
  link->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (link->fd < 0) Fail("/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(link->fd, TUNSETIFF, &request) != 0) Fail(name);
  const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  if (ioctl(link->fd, TUNSETOFFLOAD, tcp | TUN_F_USO4 | TUN_F_USO6) != 0 && ioctl(link->fd, TUNSETOFFLOAD, tcp) != 0) {
    Fail("TUNSETOFFLOAD");
  }
  link->is_tun = 1;
}

static void OpenPacket(struct link* link, const char* name) {
  link->fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (link->fd < 0) Fail("socket");
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
  if (address.sll_ifindex == 0) Fail(name);
  Set(link->fd, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
  Set(link->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  Set(link->fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBufferBytes, "SO_RCVBUFFORCE");
  Set(link->fd, SOL_SOCKET, SO_SNDBUFFORCE, kSendBufferBytes, "SO_SNDBUFFORCE");
  if (bind(link->fd, (const struct sockaddr*)&address, sizeof address) != 0) Fail("bind");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  if (ioctl(link->fd, SIOCGIFHWADDR, &request) != 0) Fail("SIOCGIFHWADDR");
  memcpy(link->mac, request.ifr_hwaddr.sa_data, 6);
}

static void Open(struct link* link, const char* name) {
  if (strncmp(name, "tun:", 4) == 0) OpenTun(link, name + 4);
  else OpenPacket(link, name);
  for (int i = 0; i < kBatch; i++) {
    link->messages[i].msg_hdr.msg_iov = link->parts[i];
    link->messages[i].msg_hdr.msg_iovlen = 2;
  }
}

static void AddRoute(char* prefix, const char* link_name, const char* mac, char** names) {
  char* slash = strchr(prefix, '/');
  struct in_addr address;
  unsigned b[6];
  struct route* route = &routes[route_count];
  if (route_count == kMostRoutes || slash == NULL || sscanf(mac, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
    errno = EINVAL;
    Fail(prefix);
  }
  *slash = '\0';
  if (inet_aton(prefix, &address) == 0) Fail(prefix);
  const int length = atoi(slash + 1);
  route->mask = length == 0 ? 0 : ~0U << (32 - length);
  route->prefix = ntohl(address.s_addr) & route->mask;
  route->link = strcmp(link_name, names[0]) == 0 ? 0 : 1;
  for (int i = 0; i < 6; i++) route->mac[i] = (uint8_t)b[i];
  route_count++;
}

static const struct route* Lookup(uint32_t destination) {
  const struct route* best = NULL;
  for (int i = 0; i < route_count; i++) {
    const struct route* route = &routes[i];
    if ((destination & route->mask) == route->prefix && (best == NULL || route->mask > best->mask)) best = route;
  }
  return best;
}

static uint32_t Load16(const uint8_t* at) { return (uint32_t)(at[0] << 8 | at[1]); }

/* Makes a frame that came in at `link` ready to leave; NULL if it is not to be forwarded. */
static const struct route* Forward(const struct link* link, uint8_t* frame, uint32_t bytes) {
  if (bytes < kEthernetBytes + 20) return NULL;
  if (!link->is_tun && (Load16(frame + 12) != ETHERTYPE_IP || memcmp(frame, link->mac, 6) != 0)) return NULL;
  uint8_t* ip = frame + kEthernetBytes;
  const uint32_t total = Load16(ip + 2);
  if (ip[0] != 0x45 || total < 20 || total > bytes - kEthernetBytes) return NULL;
  uint32_t sum = 0;
  for (int i = 0; i < 20; i += 2) sum += Load16(ip + i);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  if (sum != 0xffff || ip[8] <= 1) return NULL;
  uint32_t destination;
  memcpy(&destination, ip + 16, 4);
  const struct route* route = Lookup(ntohl(destination));
  if (route == NULL) return NULL;
  ip[8]--;
  uint32_t checksum = Load16(ip + 10) + 0x100;
  checksum = (checksum & 0xffff) + (checksum >> 16);
  ip[10] = (uint8_t)(checksum >> 8);
  ip[11] = (uint8_t)checksum;
  memcpy(frame, route->mac, 6);
  memcpy(frame + 6, links[route->link].mac, 6);
  frame[12] = ETHERTYPE_IP >> 8;
  frame[13] = ETHERTYPE_IP & 0xff;
  return route;
}

/* Offsets of the virtio header begin where the link's header does. */
static void Reframe(struct virtio_net_hdr* header, int bytes) {
  if ((header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0) header->csum_start = (uint16_t)(header->csum_start + bytes);
  if (header->gso_type != VIRTIO_NET_HDR_GSO_NONE) header->hdr_len = (uint16_t)(header->hdr_len + bytes);
}

/* What the kernel refuses is lost. */
static void Flush(struct link* link) {
  for (int done = 0; done < link->queued;) {
    const int sent = link->is_tun ? writev(link->fd, link->parts[done], 2) > 0
                                  : sendmmsg(link->fd, link->messages + done, (unsigned)(link->queued - done), MSG_DONTWAIT);
    done += sent > 0 ? sent : 1;
  }
  link->queued = 0;
}

/* Reads as many packets as are there, at most a batch, each behind the room for an Ethernet header. */
static int ReceiveTun(int fd) {
  int count = 0;
  for (; count < kBatch; count++) {
    struct iovec packet[2] = {parts[count][0], {frames[count] + kEthernetBytes, kFrameBytes - kEthernetBytes}};
    const ssize_t received = readv(fd, packet, 2);
    if (received < 0) break;
    messages[count].msg_len = (unsigned)received + kEthernetBytes;
  }
  return count;
}

/* Forwards one batch of a link; returns how many frames came. */
static int Serve(struct link* link, uint64_t drop_every) {
  static uint64_t seen;
  const int count = link->is_tun ? ReceiveTun(link->fd) : recvmmsg(link->fd, messages, kBatch, MSG_DONTWAIT, NULL);
  for (int i = 0; i < count; i++) {
    const uint32_t bytes = messages[i].msg_len - (uint32_t)sizeof headers[i];
    const struct route* route = Forward(link, frames[i], bytes);
    if (route == NULL || (drop_every != 0 && ++seen % drop_every == 0)) continue;
    struct link* out = &links[route->link];
    out->parts[out->queued][0] = parts[i][0];
    const uint32_t skipped = out->is_tun ? kEthernetBytes : 0;
    out->parts[out->queued][1] = (struct iovec){frames[i] + skipped, bytes - skipped};
    if (link->is_tun != out->is_tun) Reframe(&headers[i], out->is_tun ? -kEthernetBytes : kEthernetBytes);
    out->queued++;
  }
  for (int i = 0; i < kLinks; i++) Flush(&links[i]);
  return count;
}

int main(int argc, char** argv) {
  if (argc < 7 || (argc - 4) % 3 != 0) {
    fprintf(stderr, "packet-router: expected LINK_A LINK_B DROP_EVERY, then PREFIX/LENGTH LINK MAC for each route\n");
    return 2;
  }
  setpriority(PRIO_PROCESS, 0, kNiceValue); /* without the right to, it is only slower */
  TakeSlice();
  for (int i = 0; i < kLinks; i++) Open(&links[i], argv[1 + i]);
  const uint64_t drop_every = strtoull(argv[3], NULL, 10);
  for (int i = 4; i < argc; i += 3) AddRoute(argv[i], argv[i + 1], argv[i + 2], &argv[1]);
  for (int i = 0; i < kBatch; i++) {
    parts[i][0] = (struct iovec){&headers[i], sizeof headers[i]};
    parts[i][1] = (struct iovec){frames[i], kFrameBytes};
    messages[i].msg_hdr.msg_iov = parts[i];
    messages[i].msg_hdr.msg_iovlen = 2;
  }
  struct pollfd ready[kLinks] = {{.fd = links[0].fd, .events = POLLIN}, {.fd = links[1].fd, .events = POLLIN}};
  int64_t last_busy = 0;
  for (;;) {
    if (Wait(ready, kLinks, last_busy) < 0 && errno != EINTR) Fail("poll");
    for (int i = 0; i < kLinks; i++) {
      if (ready[i].revents != 0 && Serve(&links[i], drop_every) > 0) last_busy = Now();
    }
  }
}
