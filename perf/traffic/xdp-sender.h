/*
 * Sends frames through an AF_XDP socket in copy mode, on a link with or without an XDP program: cheaper than a packet
 * socket, since the kernel reads neither message headers nor addresses. Documentation/networking/af_xdp.rst.
 */
#ifndef XDP_SENDER_H
#define XDP_SENDER_H

#include <errno.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  kSenderFrames = 4096,
  kSenderFrameBytes = 2048,
  kSenderRing = 4096,
  kSenderBufferBytes = 32 << 20,
  kSenderBindWithinMs = 5000,
};

struct sender_ring {
  uint32_t* producer;
  uint32_t* consumer;
  void* entries;
};

struct sender {
  int fd;
  uint8_t* memory;
  struct sender_ring tx, completed;
  uint64_t free[kSenderFrames]; /* a stack of addresses in `memory` */
  uint32_t free_count;
};

static void SenderFail(const char* what) {
  fprintf(stderr, "AF_XDP: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void SenderSet(int fd, int option, int value, const char* what) {
  if (setsockopt(fd, SOL_XDP, option, &value, sizeof value) != 0) SenderFail(what);
}

static struct sender_ring SenderMap(int fd, const struct xdp_ring_offset* at, size_t entry_bytes, off_t page) {
  const size_t bytes = at->desc + kSenderRing * entry_bytes;
  uint8_t* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, page);
  if (memory == MAP_FAILED) SenderFail("mapping a ring");
  return (struct sender_ring){(void*)(memory + at->producer), (void*)(memory + at->consumer), memory + at->desc};
}

static void SenderOpen(struct sender* sender, const char* link) {
  const int ifindex = (int)if_nametoindex(link);
  if (ifindex == 0) SenderFail(link);
  sender->fd = socket(AF_XDP, SOCK_RAW, 0);
  if (sender->fd < 0) SenderFail("socket");
  /* Frames that wait on the far side count for this socket; it is the far side that is to run out of room. */
  const int buffer = kSenderBufferBytes;
  if (setsockopt(sender->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) != 0) SenderFail("SO_SNDBUFFORCE");
  const size_t bytes = (size_t)kSenderFrames * kSenderFrameBytes;
  sender->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (sender->memory == MAP_FAILED) SenderFail("mmap");
  const struct xdp_umem_reg umem = {
      .addr = (uint64_t)(uintptr_t)sender->memory, .len = bytes, .chunk_size = kSenderFrameBytes};
  if (setsockopt(sender->fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof umem) != 0) SenderFail("XDP_UMEM_REG");
  SenderSet(sender->fd, XDP_UMEM_FILL_RING, kSenderRing, "XDP_UMEM_FILL_RING"); /* must be there, is not used */
  SenderSet(sender->fd, XDP_UMEM_COMPLETION_RING, kSenderRing, "XDP_UMEM_COMPLETION_RING");
  SenderSet(sender->fd, XDP_TX_RING, kSenderRing, "XDP_TX_RING");
  struct xdp_mmap_offsets offsets;
  socklen_t length = sizeof offsets;
  if (getsockopt(sender->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) != 0) SenderFail("XDP_MMAP_OFFSETS");
  sender->tx = SenderMap(sender->fd, &offsets.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
  sender->completed = SenderMap(sender->fd, &offsets.cr, sizeof(uint64_t), (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
  const struct sockaddr_xdp address = {
      .sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = (uint32_t)ifindex, .sxdp_queue_id = 0};
  /* The socket of a sender that has just ended lives until its last frame has been freed. */
  for (int waited_ms = 0; bind(sender->fd, (const struct sockaddr*)&address, sizeof address) != 0; waited_ms++) {
    if (errno != EBUSY || waited_ms == kSenderBindWithinMs) SenderFail("bind");
    usleep(1000);
  }
  for (uint32_t i = 0; i < kSenderFrames; i++) sender->free[i] = (uint64_t)i * kSenderFrameBytes;
  sender->free_count = kSenderFrames;
}

static void SenderReclaim(struct sender* sender) {
  const struct sender_ring* ring = &sender->completed;
  const uint32_t end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
  uint32_t next = *ring->consumer;
  for (; next != end; next++) {
    sender->free[sender->free_count++] = ((const uint64_t*)ring->entries)[next & (kSenderRing - 1)];
  }
  __atomic_store_n(ring->consumer, next, __ATOMIC_RELEASE);
}

/* How many of `count` frames there is room for now. */
static uint32_t SenderRoom(struct sender* sender, uint32_t count) {
  if (sender->free_count < count) SenderReclaim(sender);
  return sender->free_count < count ? sender->free_count : count;
}

/* Queues a frame of `length` bytes, for which there is room; returns where to write it before the next SenderFlush. */
static uint8_t* SenderQueue(struct sender* sender, uint32_t index, uint32_t length) {
  const uint64_t address = sender->free[--sender->free_count];
  const uint32_t place = *sender->tx.producer + index;
  ((struct xdp_desc*)sender->tx.entries)[place & (kSenderRing - 1)] = (struct xdp_desc){address, length, 0};
  return sender->memory + address;
}

/* Sends `count` queued frames; returns how many of them the far end of the wire refused. */
static uint32_t SenderFlush(struct sender* sender, uint32_t count) {
  uint32_t refused = 0;
  const uint32_t end = *sender->tx.producer + count;
  __atomic_store_n(sender->tx.producer, end, __ATOMIC_RELEASE);
  while (__atomic_load_n(sender->tx.consumer, __ATOMIC_ACQUIRE) != end) {
    if (sendto(sender->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0) continue;
    if (errno == EBUSY) refused++;
    else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS) SenderFail("sendto");
  }
  return refused;
}

#endif
