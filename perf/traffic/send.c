// Sends UDP datagrams of several flows: send ADDRESS PORT FLOWS BYTES SECONDS RATE
//
// A flow is a connected socket with a source port of its own. With RATE 0 it sends as fast as the kernel takes them, 64
// datagrams in turn, an equal share from each flow; otherwise RATE datagrams a second, one at a time. The first eight bytes
// of each datagram are the CLOCK_REALTIME, in nanoseconds, at which it was handed to the kernel. Writes {"sent": N}.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BURST = 64, MAX_BYTES = 1472, MIN_BYTES = 8 };

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

static uint64_t send_all(const int *fds, int flows, struct mmsghdr *messages, int64_t end) {
  const int share = BURST / flows;
  uint64_t sent = 0;
  int64_t now;
  while ((now = now_ns(CLOCK_MONOTONIC)) < end) {
    const int64_t stamp = now_ns(CLOCK_REALTIME);
    for (int i = 0; i < BURST; i++) memcpy(payloads[i], &stamp, sizeof stamp);
    for (int flow = 0; flow < flows; flow++) sent += send_share(fds[flow], messages + flow * share, share);
  }
  return sent;
}

static uint64_t send_paced(const int *fds, int flows, struct mmsghdr *messages, int64_t end, double rate) {
  const int64_t start = now_ns(CLOCK_MONOTONIC);
  uint64_t sent = 0;
  uint64_t tried = 0;
  int64_t now;
  while ((now = now_ns(CLOCK_MONOTONIC)) < end) {
    // What was late is sent at once, so that the rate is held.
    if (now < start + (int64_t)(tried * (1e9 / rate))) continue;
    const int64_t stamp = now_ns(CLOCK_REALTIME);
    memcpy(payloads[0], &stamp, sizeof stamp);
    sent += send_share(fds[tried % flows], messages, 1);
    tried++;
  }
  return sent;
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: send ADDRESS PORT FLOWS BYTES SECONDS RATE\n");
    return 2;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  const int flows = atoi(argv[3]);
  const int bytes = atoi(argv[4]);
  const double rate = atof(argv[6]);
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
  const int64_t end = now_ns(CLOCK_MONOTONIC) + (int64_t)(atof(argv[5]) * 1e9);
  const uint64_t sent = rate > 0 ? send_paced(fds, flows, messages, end, rate) : send_all(fds, flows, messages, end);
  printf("{\"sent\": %llu}\n", (unsigned long long)sent);
  return 0;
}
