// Receives the UDP datagrams of `send`: receive PORT WARM_UP SECONDS FILE
//
// It waits for the first datagram, lets WARM_UP seconds pass, counts for SECONDS, and writes to FILE:
// {"received": N, "seconds": S}. With a fifth argument medianUs, p99Us, p999Us and maxUs follow: the times from the sender's
// call to the arrival at this host's UDP (the kernel's own receive time stamp), of every datagram that was counted; and
// "histogram": [[US, N], ...], how many took at least so long, in steps of an eighth or less. It then rests a millisecond
// after it has read all, and runs only when nobody else wants the processor, so that it leaves that to what is measured.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 256, BYTES = 2048, CONTROL_BYTES = 64, BUFFER_BYTES = 256 << 20 };
// Buckets of 100 ns up to 100 ms; what is later counts as that.
enum { BUCKET_NS = 100, BUCKETS = 1000000 };

static uint8_t payloads[BATCH][BYTES];
static uint8_t controls[BATCH][CONTROL_BYTES];
static uint32_t histogram[BUCKETS];

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
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

static void note_delay(struct msghdr *header, const uint8_t *payload) {
  struct cmsghdr *control = CMSG_FIRSTHDR(header);
  if (control == NULL || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) return;
  struct timespec arrival;
  int64_t departure;
  memcpy(&arrival, CMSG_DATA(control), sizeof arrival);
  memcpy(&departure, payload, sizeof departure);
  const int64_t delay = arrival.tv_sec * 1000000000LL + arrival.tv_nsec - departure;
  const int64_t bucket = delay < 0 ? 0 : delay / BUCKET_NS;
  histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

// The delay that so large a share of the datagrams did not exceed, in microseconds.
static double quantile(uint64_t total, double share) {
  uint64_t seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (total > 0 && seen >= total * share) return (bucket + 1) * (BUCKET_NS / 1000.0);
  }
  return 0;
}

// Buckets joined to steps that grow with the delay.
static void write_histogram(FILE *file) {
  const char *separator = "";
  fprintf(file, ", \"histogram\": [");
  for (int bucket = 0; bucket < BUCKETS;) {
    const int end = bucket + 1 + bucket / 8;
    const int first = bucket;
    uint64_t count = 0;
    for (; bucket < end && bucket < BUCKETS; bucket++) count += histogram[bucket];
    if (count == 0) continue;
    fprintf(file, "%s[%.1f, %llu]", separator, first * (BUCKET_NS / 1000.0), (unsigned long long)count);
    separator = ", ";
  }
  fprintf(file, "]");
}

static void report(const char *path, uint64_t received, double seconds, int stamps) {
  char temporary[4096];
  snprintf(temporary, sizeof temporary, "%s.part", path);
  FILE *file = fopen(temporary, "w");
  if (file == NULL) fail(temporary);
  fprintf(file, "{\"received\": %llu, \"seconds\": %.6f", (unsigned long long)received, seconds);
  if (stamps) {
    fprintf(file, ", \"medianUs\": %.1f, \"p99Us\": %.1f, \"p999Us\": %.1f, \"maxUs\": %.1f", quantile(received, 0.5),
            quantile(received, 0.99), quantile(received, 0.999), quantile(received, 1));
    write_histogram(file);
  }
  fprintf(file, "}\n");
  // Whoever waits for the file finds all of it.
  if (fclose(file) != 0 || rename(temporary, path) != 0) fail(path);
}

int main(int argc, char **argv) {
  if (argc != 5 && argc != 6) {
    fprintf(stderr, "usage: receive PORT WARM_UP SECONDS FILE [stamps]\n");
    return 2;
  }
  const int stamps = argc == 6;
  const int64_t warm_up = (int64_t)(atof(argv[2]) * 1e9);
  const int64_t counted = (int64_t)(atof(argv[3]) * 1e9);
  const int fd = open_socket(atoi(argv[1]), stamps);
  const struct sched_param none = {0};
  if (stamps && sched_setscheduler(0, SCHED_IDLE, &none) < 0) fail("SCHED_IDLE");
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH] = {0};
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){payloads[i], BYTES};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_control = stamps ? controls[i] : NULL;
  }
  const struct timespec rest = {.tv_nsec = 1000000};
  int64_t begin = 0;
  int64_t last = 0;
  uint64_t received = 0;
  int latest = 0;
  for (;;) {
    if (stamps && latest < BATCH) nanosleep(&rest, NULL);
    for (int i = 0; stamps && i < BATCH; i++) messages[i].msg_hdr.msg_controllen = CONTROL_BYTES;
    const int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    const int64_t now = now_ns();
    latest = count;
    if (count < 0 && errno != EAGAIN && errno != EINTR) fail("recvmmsg");
    if (count <= 0 && begin == 0) continue;
    if (begin == 0) begin = now + warm_up;
    if (now >= begin + counted || count <= 0) break;
    if (now < begin) continue;
    received += count;
    last = now;
    for (int i = 0; stamps && i < count; i++) note_delay(&messages[i].msg_hdr, payloads[i]);
  }
  // A sender that stopped early left less than was asked for: the time is that of what came.
  const double seconds = last <= begin ? 0 : (now_ns() < begin + counted ? last - begin : counted) / 1e9;
  report(argv[4], received, seconds, stamps);
  return 0;
}
