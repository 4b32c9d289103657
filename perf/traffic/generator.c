/*
 * Sends test frames (test-frame.h) at a rate or as fast as it can.
 *
 *   generator LINK FROM_MAC TO_MAC RATE MILLISECONDS FLOWS TRIAL SIZES
 *
 * RATE is in frames a second, 0 for as fast as possible; SIZES are frame lengths in bytes without the frame check
 * sequence, separated by commas, sent in turn. A flow has its own source port and destination 198.19.1.1 to 254. What
 * falls behind is caught up with as long as the time lasts; what is left then is unsent.
 * Writes "started", and at the end {"intended", "sent", "refused", "seconds"}: `sent` includes the frames that the far
 * end of the wire had no room for (`refused`).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "test-frame.h"
#include "xdp-sender.h"

enum { kBatch = 64, kMostSizes = 64, kSourcePort = 1024, kDestinationPort = 9, kTtl = 64, kNiceValue = -10 };

static const uint32_t kSource = 0xc6120002;      /* 198.18.0.2 */
static const uint32_t kDestination = 0xc6130101; /* 198.19.1.1 */

struct header {
  uint8_t bytes[kHeaderBytes];
  uint16_t frame_bytes;
  uint16_t flow;
};

static void Fail(const char* what) {
  fprintf(stderr, "generator: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void ReadMac(const char* text, uint8_t* mac) {
  unsigned b[6];
  if (sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
    errno = EINVAL;
    Fail(text);
  }
  for (int i = 0; i < 6; i++) mac[i] = (uint8_t)b[i];
}

static void Put16(uint8_t* at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static void Put32(uint8_t* at, uint32_t value) {
  Put16(at, value >> 16);
  Put16(at + 2, value & 0xffff);
}

static void WriteHeader(struct header* header, const uint8_t* from, const uint8_t* to, uint32_t flow, uint32_t bytes) {
  memset(header->bytes, 0, sizeof header->bytes);
  header->frame_bytes = (uint16_t)bytes;
  header->flow = (uint16_t)flow;
  memcpy(header->bytes, to, 6);
  memcpy(header->bytes + 6, from, 6);
  Put16(header->bytes + 12, ETHERTYPE_IP);
  uint8_t* ip = header->bytes + kEthernetBytes;
  ip[0] = 0x45;
  Put16(ip + 2, bytes - kEthernetBytes);
  ip[8] = kTtl;
  ip[9] = IPPROTO_UDP;
  Put32(ip + 12, kSource);
  Put32(ip + 16, kDestination + flow % 254);
  uint32_t sum = 0;
  for (int i = 0; i < 20; i += 2) sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  Put16(ip + 10, ~sum);
  uint8_t* udp = ip + 20;
  Put16(udp, kSourcePort + flow);
  Put16(udp + 2, kDestinationPort);
  Put16(udp + 4, bytes - kEthernetBytes - 20);
}

static int64_t Nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 9) {
    fprintf(stderr, "generator: expected LINK FROM_MAC TO_MAC RATE MILLISECONDS FLOWS TRIAL SIZES\n");
    return 2;
  }
  uint8_t from[6], to[6];
  ReadMac(argv[2], from);
  ReadMac(argv[3], to);
  const double rate = atof(argv[4]);
  const int64_t duration_ns = atoll(argv[5]) * 1000000;
  const int flows = atoi(argv[6]);
  const uint16_t trial = (uint16_t)atoi(argv[7]);
  int sizes[kMostSizes], size_count = 0;
  for (char* size = strtok(argv[8], ","); size != NULL && size_count < kMostSizes; size = strtok(NULL, ",")) {
    sizes[size_count] = atoi(size);
    if (sizes[size_count] < kLeastFrameBytes || sizes[size_count] > kMostFrameBytes) size_count = kMostSizes;
    size_count++;
  }
  if (flows < 1 || flows > kMostFlows || size_count < 1 || size_count > kMostSizes) {
    fprintf(stderr, "generator: expected 1 to %d flows, frames of %d to %d bytes\n", kMostFlows, kLeastFrameBytes,
            kMostFrameBytes);
    return 2;
  }

  /* Every flow has every size. */
  const uint32_t header_count = (uint32_t)(flows * size_count);
  struct header* headers = calloc(header_count, sizeof *headers);
  if (headers == NULL) Fail("calloc");
  for (uint32_t i = 0; i < header_count; i++) {
    const uint32_t flow = i % (uint32_t)flows, turn = i / (uint32_t)flows;
    WriteHeader(&headers[i], from, to, flow, (uint32_t)sizes[(flow + turn) % (uint32_t)size_count]);
  }
  setpriority(PRIO_PROCESS, 0, kNiceValue); /* as a forwarding thread has; without the right to, there is none */
  static struct sender sender;
  SenderOpen(&sender, argv[1]);
  printf("started\n");
  fflush(stdout);
  const int64_t intended = (int64_t)(rate * (double)duration_ns / 1e9);
  const int64_t begin = Nanoseconds(CLOCK_MONOTONIC);
  int64_t sent = 0, refused = 0, elapsed = 0;
  uint32_t next_header = 0;
  for (;;) {
    elapsed = Nanoseconds(CLOCK_MONOTONIC) - begin;
    if (elapsed >= duration_ns) break;
    const int64_t due = rate == 0 ? kBatch : (int64_t)(rate * (double)elapsed / 1e9) + 1 - sent;
    if (rate != 0 && sent >= intended) break;
    if (due <= 0) continue;
    uint32_t count = due < kBatch ? (uint32_t)due : kBatch;
    if (rate != 0 && intended - sent < count) count = (uint32_t)(intended - sent);
    count = SenderRoom(&sender, count);
    const uint64_t now = (uint64_t)Nanoseconds(CLOCK_REALTIME);
    for (uint32_t i = 0; i < count; i++) {
      const struct header* header = &headers[next_header];
      if (++next_header == header_count) next_header = 0;
      uint8_t* frame = SenderQueue(&sender, i, header->frame_bytes);
      memcpy(frame, header->bytes, kHeaderBytes);
      const struct test_payload payload = {kMark, trial, header->flow, (uint32_t)(sent + i), now};
      memcpy(frame + kHeaderBytes, &payload, sizeof payload);
    }
    refused += SenderFlush(&sender, count);
    sent += count;
  }
  printf("{\"intended\":%lld,\"sent\":%lld,\"refused\":%lld,\"seconds\":%.6f}\n", (long long)(rate == 0 ? sent : intended),
         (long long)sent, (long long)refused, (double)elapsed / 1e9);
  return 0;
}
