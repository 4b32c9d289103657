// Files that a measuring process hands over, and memory for them.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE_BYTES (2u << 20)

static void fail(const char *what) {
  perror(what);
  exit(1);
}

// `bytes` bytes, all zero, on huge pages where the kernel has them.
static void *allocate(size_t bytes) {
  const size_t whole = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
  void *memory = aligned_alloc(HUGE_PAGE_BYTES, whole);
  if (memory == NULL) fail("aligned_alloc");
  madvise(memory, whole, MADV_HUGEPAGE);
  for (size_t at = 0; at < whole; at++) ((volatile char *)memory)[at] = 0;
  return memory;
}

// The content of directory/name; its size into `bytes` unless that is NULL.
static void *load(const char *directory, const char *name, size_t *bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  const int fd = open(path, O_RDONLY);
  struct stat about;
  if (fd < 0 || fstat(fd, &about) < 0) fail(path);
  char *memory = allocate(about.st_size);
  for (off_t at = 0; at < about.st_size;) {
    const ssize_t got = read(fd, memory + at, about.st_size - at);
    if (got <= 0) fail(path);
    at += got;
  }
  close(fd);
  if (bytes != NULL) *bytes = about.st_size;
  return memory;
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}
