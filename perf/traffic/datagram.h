// What `send` writes at the beginning of each datagram, in the byte order of the machine, for `receive`.

#ifndef LASTHOP_PERF_DATAGRAM_H
#define LASTHOP_PERF_DATAGRAM_H

#include <stdint.h>

// Steps of a rate that grows.
enum { STEPS = 48 };

struct datagram_header {
  // CLOCK_REALTIME at which it was handed to the kernel.
  int64_t departure_ns;
  // 0 while the way is warmed up, then 1 and more.
  uint32_t step;
  // Datagrams of this step; 0 if as many as go.
  uint32_t planned;
};

#endif
