/* When a program that forwards looks on and when it sleeps: as a worker of lasthop (src/forward/linger.ts). */
#ifndef LASTHOP_PERF_LINGER_H
#define LASTHOP_PERF_LINGER_H

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  kLingerNs = 40000,
  kTurnNs = 500000,
  kSharedWaitNs = 200000,
  kSharedNs = 1000000000,
  kRestNs = 50000,
  kSliceNs = 100000,
};

static int64_t Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* How long this thread was ready to run and did not. */
static int64_t RunDelay(void) {
  static int fd;
  char text[64] = "";
  if (fd == 0) fd = open("/proc/thread-self/schedstat", O_RDONLY);
  if (pread(fd, text, sizeof text - 1, 0) <= 0) return 0;
  return strtoll(strchr(text, ' '), NULL, 10);
}

/* Has short turns, as far as the kernel knows of them (Linux 6.12). */
static void TakeSlice(void) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes;
  memset(&attributes, 0, sizeof attributes);
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0) return;
  attributes.size = sizeof attributes;
  attributes.runtime = kSliceNs;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/* Polls, and waits for a frame; on a processor that others want it does not look on instead, and rests for them now and then. */
static int Wait(struct pollfd* ready, nfds_t count, int64_t last_busy) {
  static int64_t looked, shared_until, run_delay = INT64_MAX;
  const int64_t now = Now();
  if (now - looked >= kTurnNs) {
    const int64_t delay = RunDelay();
    if (run_delay != INT64_MAX && delay - run_delay >= kSharedWaitNs) shared_until = now + kSharedNs;
    looked = now;
    run_delay = delay;
    const struct timespec rest = {0, kRestNs};
    if (now < shared_until) nanosleep(&rest, NULL);
  }
  const int looks_on = now - last_busy < kLingerNs && now >= shared_until;
  const int found = poll(ready, count, looks_on ? 0 : -1);
  if (looks_on) return found;
  looked = Now();
  run_delay = INT64_MAX;
  return found;
}

#endif
