// Delays of datagrams, counted by their length.

#ifndef LASTHOP_PERF_DELAY_HISTOGRAM_H
#define LASTHOP_PERF_DELAY_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

// Buckets of 100 ns up to 100 ms; what is later counts as that.
enum { BUCKET_NS = 100, BUCKETS = 1000000 };

static uint32_t histogram[BUCKETS];

static void note_delay(int64_t delay_ns) {
  const int64_t bucket = delay_ns < 0 ? 0 : delay_ns / BUCKET_NS;
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

// Members of a JSON object; the buckets joined to steps that grow with the delay.
static void write_delays(FILE *file, uint64_t total) {
  fprintf(file, "\"medianUs\": %.1f, \"p99Us\": %.1f, \"p999Us\": %.1f, \"maxUs\": %.1f", quantile(total, 0.5),
          quantile(total, 0.99), quantile(total, 0.999), quantile(total, 1));
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

#endif
