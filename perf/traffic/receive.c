// Receives the UDP datagrams of `send`: receive PORT FILE MODE [SECONDS]
//
// What is sent to warm the way up (step 0) is read and not counted. MODE says what is written to FILE:
//
//   count  {"received": N, "seconds": S}: what an ordinary program reads in SECONDS.
//   steps  {"steps": [[OFFERED, PLANNED, ARRIVED], ...]}: for each step the rate at which it was sent, a second, how many
//          datagrams it has, and how many of them this ordinary program had within 20 ms: a queue that grows is a loss that
//          has not happened yet. Of a step of which nothing came nothing is written.
//   times  "received", "seconds" and medianUs, p99Us, p999Us, maxUs: the times from the sender's call to the arrival at this
//          host's UDP (the kernel's own receive time stamp), of every datagram; and "histogram": [[US, N], ...], how many
//          took at least so long, in steps of an eighth or less. This program then runs only when nobody else wants the
//          processor and rests a millisecond after it has read all, so that it leaves that to what is measured.
//
// `steps` and `times` end when nothing has come for 300 ms.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "datagram.h"
#include "delay-histogram.h"

enum { BATCH = 256, BYTES = 2048, CONTROL_BYTES = 64, BUFFER_BYTES = 256 << 20, IN_TIME_NS = 20000000 };

struct step {
  int64_t first_departure_ns;
  uint32_t planned;
  uint32_t arrived;
};

static uint8_t payloads[BATCH][BYTES];
static uint8_t controls[BATCH][CONTROL_BYTES];
static struct step steps[STEPS + 1];
static uint64_t received;
static int64_t first_departure_ns;
static int64_t last_departure_ns;

static int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "receive: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_socket(int port, int stamps) {
  const int on = 1;
  const int buffer = BUFFER_BYTES;
  const struct timeval patience = {.tv_sec = 0, .tv_usec = 300000};
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) fail("socket");
  if (stamps && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) fail("SO_TIMESTAMPNS");
  if (stamps && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0) fail("SO_RCVBUFFORCE");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0) fail("SO_RCVTIMEO");
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
  return fd;
}

// SCHED_IDLE is about threads of one autogroup (sched(7)): this process gets one of its own, which counts least.
static void step_aside(void) {
  const struct sched_param none = {0};
  if (sched_setscheduler(0, SCHED_IDLE, &none) < 0) fail("SCHED_IDLE");
  if (getpid() != getsid(0) && setsid() < 0) return;
  const int fd = open("/proc/self/autogroup", O_WRONLY);
  if (fd < 0) return;
  if (write(fd, "19", 2) < 0) perror("receive: autogroup");
  close(fd);
}

static int64_t arrival_ns(struct msghdr *header) {
  struct cmsghdr *control = CMSG_FIRSTHDR(header);
  if (control == NULL || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) return 0;
  struct timespec arrival;
  memcpy(&arrival, CMSG_DATA(control), sizeof arrival);
  return arrival.tv_sec * 1000000000LL + arrival.tv_nsec;
}

// Notes a datagram that was there at `at_ns` of CLOCK_REALTIME.
static void note(const struct datagram_header *header, int64_t at_ns, int times) {
  if (first_departure_ns == 0) first_departure_ns = header->departure_ns;
  last_departure_ns = header->departure_ns;
  received++;
  if (times) note_delay(at_ns - header->departure_ns);
  if (times || header->step > STEPS) return;
  struct step *step = &steps[header->step];
  if (step->planned == 0) step->first_departure_ns = header->departure_ns;
  step->planned = header->planned;
  if (at_ns - header->departure_ns <= IN_TIME_NS) step->arrived++;
}

static void write_steps(FILE *file) {
  const char *separator = "";
  fprintf(file, "{\"steps\": [");
  for (int index = 1; index <= STEPS; index++) {
    const struct step *step = &steps[index];
    if (step->planned == 0) continue;
    int next = index + 1;
    while (next <= STEPS && steps[next].planned == 0) next++;
    const int64_t end = next <= STEPS ? steps[next].first_departure_ns : last_departure_ns;
    // The steps of which nothing came in between were as long.
    const int64_t length = next <= STEPS ? (end - step->first_departure_ns) / (next - index) : end - step->first_departure_ns;
    if (length <= 0) continue;
    fprintf(file, "%s[%.0f, %u, %u]", separator, step->planned * 1e9 / length, step->planned, step->arrived);
    separator = ", ";
  }
  fprintf(file, "]}\n");
}

static void write_count(FILE *file, double seconds) {
  fprintf(file, "{\"received\": %llu, \"seconds\": %.6f}\n", (unsigned long long)received, seconds);
}

static void write_times(FILE *file) {
  const double seconds = (last_departure_ns - first_departure_ns) / 1e9;
  fprintf(file, "{\"received\": %llu, \"seconds\": %.6f, ", (unsigned long long)received, seconds);
  write_delays(file, received);
  fprintf(file, "}\n");
}

int main(int argc, char **argv) {
  const int times = argc == 4 && strcmp(argv[3], "times") == 0;
  const int counting = argc == 5 && strcmp(argv[3], "count") == 0;
  if (!times && !counting && (argc != 4 || strcmp(argv[3], "steps") != 0)) {
    fprintf(stderr, "usage: receive PORT FILE count SECONDS | steps | times\n");
    return 2;
  }
  const int64_t counted = counting ? (int64_t)(atof(argv[4]) * 1e9) : INT64_MAX / 2;
  const int fd = open_socket(atoi(argv[1]), times);
  if (times) step_aside();
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH] = {0};
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){payloads[i], BYTES};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_control = times ? controls[i] : NULL;
  }
  const struct timespec rest = {.tv_nsec = 1000000};
  int64_t begin = 0;
  int64_t last = 0;
  int latest = 0;
  for (;;) {
    if (times && latest < BATCH) nanosleep(&rest, NULL);
    for (int i = 0; times && i < BATCH; i++) messages[i].msg_hdr.msg_controllen = CONTROL_BYTES;
    const int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    const int64_t now = now_ns(CLOCK_MONOTONIC);
    latest = count;
    if (count < 0 && errno != EAGAIN && errno != EINTR) fail("recvmmsg");
    if (count <= 0 && begin == 0) continue;
    if (count <= 0 || (begin != 0 && now >= begin + counted)) break;
    const int64_t here = now_ns(CLOCK_REALTIME);
    for (int i = 0; i < count; i++) {
      struct datagram_header header;
      memcpy(&header, payloads[i], sizeof header);
      if (header.step == 0) continue;
      if (begin == 0) begin = now;
      note(&header, times ? arrival_ns(&messages[i].msg_hdr) : here, times);
    }
    last = now;
  }
  // Whoever waits for the file finds all of it.
  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s.part", argv[2]);
  FILE *file = fopen(temporary, "w");
  if (file == NULL) fail(temporary);
  // A sender that stopped early left less than was asked for: the time is that of what came.
  if (counting) write_count(file, (now_ns(CLOCK_MONOTONIC) < begin + counted ? last - begin : counted) / 1e9);
  else if (times) write_times(file);
  else write_steps(file);
  if (fclose(file) != 0 || rename(temporary, argv[2]) != 0) fail(argv[2]);
  return 0;
}
