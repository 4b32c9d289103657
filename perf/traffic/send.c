// Sends UDP datagrams of several flows: send ADDRESS PORT FLOWS BYTES WARM_UP SECONDS RATE TO_RATE
//
// A flow is a connected socket with a source port of its own. It sends for WARM_UP seconds as fast as the kernel takes
// them, 64 datagrams in turn, an equal share from each flow, and rests; that is step 0. With RATE 0 it goes on like that for
// SECONDS, which is step 1. Otherwise it sends RATE datagrams a second, one at a time; where TO_RATE is another rate it
// gets there in equally long steps of equal growth. Each datagram begins with the header of `datagram.h`. Writes
// {"sent": N}, without step 0.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "datagram.h"

enum { BURST = 64, MAX_BYTES = 1472, MIN_BYTES = sizeof(struct datagram_header), REST_US = 300000 };

static uint8_t payloads[BURST][MAX_BYTES];

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "send: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_flow(const struct sockaddr_in *to) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0) fail("socket");
  return fd;
}

// A datagram that was refused (no buffer, an ICMP error from before the way was there) counts as not sent.
static int send_share(int fd, struct mmsghdr *messages, int count) {
  int sent = sendmmsg(fd, messages, count, 0);
  return sent < 0 ? 0 : sent;
}

static void write_header(int payload, uint32_t step, uint32_t planned) {
  const struct datagram_header header = {now_ns(CLOCK_REALTIME), step, planned};
  memcpy(payloads[payload], &header, sizeof header);
}

static uint64_t send_all(const int *fds, int flows, struct mmsghdr *messages, double seconds, uint32_t step) {
  const int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
  const int share = BURST / flows;
  uint64_t sent = 0;
  while (now_ns(CLOCK_MONOTONIC) < end) {
    for (int i = 0; i < BURST; i++) write_header(i, step, 0);
    for (int flow = 0; flow < flows; flow++) sent += send_share(fds[flow], messages + flow * share, share);
  }
  return sent;
}

static uint64_t send_paced(const int *fds, int flows, struct mmsghdr *messages, double seconds, double rate, uint32_t step) {
  const int64_t start = now_ns(CLOCK_MONOTONIC);
  const uint32_t planned = (uint32_t)(rate * seconds);
  uint64_t sent = 0;
  for (uint32_t tried = 0; tried < planned;) {
    // What was late is sent at once, so that the rate is held.
    if (now_ns(CLOCK_MONOTONIC) < start + (int64_t)(tried * (1e9 / rate))) continue;
    write_header(0, step, planned);
    sent += send_share(fds[tried % flows], messages, 1);
    tried++;
  }
  return sent;
}

static uint64_t send_steps(const int *fds, int flows, struct mmsghdr *messages, double seconds, double rate, double to) {
  const double growth = pow(to / rate, 1.0 / (STEPS - 1));
  uint64_t sent = 0;
  for (uint32_t step = 1; step <= STEPS; step++, rate *= growth) {
    sent += send_paced(fds, flows, messages, seconds / STEPS, rate, step);
  }
  return sent;
}

int main(int argc, char **argv) {
  if (argc != 9) {
    fprintf(stderr, "usage: send ADDRESS PORT FLOWS BYTES WARM_UP SECONDS RATE TO_RATE\n");
    return 2;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  const int flows = atoi(argv[3]);
  const int bytes = atoi(argv[4]);
  const double warm_up = atof(argv[5]);
  const double seconds = atof(argv[6]);
  const double rate = atof(argv[7]);
  const double to_rate = atof(argv[8]);
  const int usable = inet_pton(AF_INET, argv[1], &to.sin_addr) == 1 && flows >= 1 && flows <= BURST &&
                     BURST % flows == 0 && bytes >= MIN_BYTES && bytes <= MAX_BYTES;
  if (!usable) {
    fprintf(stderr, "send: expected an address, a divisor of %d flows and %d to %d bytes\n", BURST, MIN_BYTES, MAX_BYTES);
    return 2;
  }
  int fds[BURST];
  for (int flow = 0; flow < flows; flow++) fds[flow] = open_flow(&to);
  struct iovec parts[BURST];
  struct mmsghdr messages[BURST] = {0};
  for (int i = 0; i < BURST; i++) {
    parts[i] = (struct iovec){payloads[i], bytes};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  if (warm_up > 0) {
    send_all(fds, flows, messages, warm_up, 0);
    usleep(REST_US);
  }
  const uint64_t sent = rate == 0        ? send_all(fds, flows, messages, seconds, 1)
                        : rate == to_rate ? send_paced(fds, flows, messages, seconds, rate, 1)
                                          : send_steps(fds, flows, messages, seconds, rate, to_rate);
  printf("{\"sent\": %llu}\n", (unsigned long long)sent);
  return 0;
}
