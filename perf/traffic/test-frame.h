/*
 * The frames that the generator sends and the sink recognizes: Ethernet, IPv4, UDP without a checksum, and 18 bytes that
 * the smallest frame has room for. All integers but the mark are in the byte order of this host: frames never leave it.
 */
#ifndef TEST_FRAME_H
#define TEST_FRAME_H

#include <stdint.h>

enum {
  kEthernetBytes = 14,
  kHeaderBytes = kEthernetBytes + 20 + 8,
  kLeastFrameBytes = 60, /* without the frame check sequence: 64 bytes on a wire */
  kMostFrameBytes = 1514,
  kMostFlows = 4096,
  kMark = 0x4c48, /* "LH" */
};

struct __attribute__((packed)) test_payload {
  uint16_t mark;
  uint16_t trial; /* frames of an earlier trial do not count */
  uint16_t flow;
  uint32_t sequence; /* through all flows of a trial, from 0 */
  uint64_t sent_ns;  /* CLOCK_REALTIME just before the system call */
};

_Static_assert(kHeaderBytes + sizeof(struct test_payload) == kLeastFrameBytes, "the payload fits the smallest frame");

#endif
