// Says when a processor ran nothing: a thread on each one, above all others, wants to run every two milliseconds. What
// keeps it from that is below the kernel's scheduler: interrupts, a kernel that cannot be preempted, or whoever runs the
// machine. Ends with its standard input, and writes [[processor, from, until], ...] then: CLOCK_MONOTONIC, nanoseconds.

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_NS 2000000LL
// Late by less is what schedulers are.
#define LEAST_NS 3000000LL
#define MAX_GAPS 100000
#define MAX_PROCESSORS 64

struct watch {
  int processor;
  int count;
  int64_t (*gaps)[2];
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void refuse(const char *what) {
  perror(what);
  exit(1);
}

static void *run(void *argument) {
  struct watch *watch = argument;
  const struct timespec sleep = {0, SLEEP_NS};
  for (;;) {
    const int64_t due = now() + SLEEP_NS;
    nanosleep(&sleep, NULL);
    const int64_t until = now();
    if (until - due < LEAST_NS || watch->count == MAX_GAPS) continue;
    watch->gaps[watch->count][0] = due;
    watch->gaps[watch->count][1] = until;
    __atomic_store_n(&watch->count, watch->count + 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

static void start(struct watch *watch) {
  watch->gaps = calloc(MAX_GAPS, sizeof *watch->gaps);
  if (watch->gaps == NULL) refuse("calloc");
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(watch->processor, &set);
  const struct sched_param parameters = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
  pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
  pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
  pthread_attr_setschedparam(&attributes, &parameters);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, run, watch) != 0) refuse("pthread_create");
}

int main(void) {
  static struct watch watches[MAX_PROCESSORS];
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (processors > MAX_PROCESSORS) processors = MAX_PROCESSORS;
  for (int i = 0; i < processors; i++) {
    watches[i].processor = i;
    start(&watches[i]);
  }
  while (getchar() != EOF) continue;
  const char *separator = "[";
  for (int i = 0; i < processors; i++) {
    const int count = __atomic_load_n(&watches[i].count, __ATOMIC_ACQUIRE);
    for (int gap = 0; gap < count; gap++) {
      printf("%s[%d,%lld,%lld]", separator, i, (long long)watches[i].gaps[gap][0], (long long)watches[i].gaps[gap][1]);
      separator = ",";
    }
  }
  printf("%s]\n", *separator == '[' ? "[" : "");
  return 0;
}
