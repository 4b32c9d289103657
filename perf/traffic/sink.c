/*
 * The end of the road for test frames (test-frame.h): a BPF program counts and drops every frame that arrives at a link,
 * all but ARP, right after the packet taps. On demand the frames are looked at too.
 *
 *   sink LINK
 *
 * Writes "ready" when the program that drops is in place. It vanishes with this process, which ends when its standard
 * input does. Lines that it understands there, each answered by a line:
 *   count                   {"ns", "frames"}: how many have come since the beginning, and the time (CLOCK_MONOTONIC)
 *   check TRIAL DROP_EVERY  looks at the frames of a trial from now on, and behaves as if every so manieth had not come
 *                           (0: none; for tests of who reads the answer); answers "checking"
 *   stop                    when frames have stopped to come: answers {"received", "duplicated", "reordered", "missed",
 *                           "latency"}. `missed` are frames that this program was too slow for. Reordered is a frame
 *                           that arrives after a later one of its flow. `latency` is a list of [ns, frames]: how many took
 *                           at least so long from the generator, in steps of a sixteenth.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "test-frame.h"

enum {
  kBlockBytes = 1 << 20,
  kBlocks = 64,
  kFrameBytes = 2048,
  kBlockTimeoutMs = 10,
  kQuietMs = 100,
  kSubBuckets = 16,
  kBuckets = 64 * kSubBuckets,
  kPageBytes = 4096,
  kNiceValue = -15, /* above the routers: who asks for a count wants it now */
};

/* linux/bpf.h of Linux 6.6, where TCX begins; headers may be older than the kernel. */
enum { kTcxIngress = 46, kTcxNext = -1, kTcxDrop = 2 };

/* The sequence numbers that have come, a bit each. */
struct seen {
  uint64_t* words;
  size_t count;
};

struct check {
  int fd;
  uint8_t* ring;
  unsigned next_block;
  uint16_t trial;
  uint64_t drop_every, looked_at;
  struct seen seen;
  uint64_t received, duplicated, reordered;
  int64_t latest[kMostFlows];
  uint64_t latency[kBuckets];
};

static void Fail(const char* what) {
  fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int Bpf(int command, union bpf_attr* attributes, unsigned bytes) {
  return (int)syscall(SYS_bpf, command, attributes, bytes);
}

/* Attaches the program, and returns its counter. */
static const volatile uint64_t* AttachDrop(int ifindex) {
  union bpf_attr create;
  memset(&create, 0, sizeof create);
  create.map_type = BPF_MAP_TYPE_ARRAY;
  create.key_size = sizeof(uint32_t);
  create.value_size = sizeof(uint64_t);
  create.max_entries = 1;
  create.map_flags = BPF_F_MMAPABLE;
  const int map = Bpf(BPF_MAP_CREATE, &create, sizeof create);
  if (map < 0) Fail("creating a BPF map");
  const void* counter = mmap(NULL, kPageBytes, PROT_READ, MAP_SHARED, map, 0);
  if (counter == MAP_FAILED) Fail("mapping a BPF map");
  const struct bpf_insn program[] = {
      {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 0, .src_reg = 1, .off = offsetof(struct __sk_buff, protocol)},
      {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 6, .imm = htons(ETH_P_ARP)},
      {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map},
      {.imm = 0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 1},
      {.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 2, .src_reg = 3, .imm = BPF_ADD},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = kTcxDrop},
      {.code = BPF_JMP | BPF_EXIT},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = kTcxNext},
      {.code = BPF_JMP | BPF_EXIT},
  };
  union bpf_attr load;
  memset(&load, 0, sizeof load);
  load.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  load.insns = (uint64_t)(uintptr_t)program;
  load.insn_cnt = sizeof program / sizeof program[0];
  load.license = (uint64_t)(uintptr_t) "Apache-2.0";
  const int loaded = Bpf(BPF_PROG_LOAD, &load, sizeof load);
  if (loaded < 0) Fail("loading a BPF program");
  struct {
    uint32_t prog_fd, target_ifindex, attach_type, flags;
    uint64_t unused[2];
  } link = {(uint32_t)loaded, (uint32_t)ifindex, kTcxIngress, 0, {0, 0}};
  if (Bpf(BPF_LINK_CREATE, (union bpf_attr*)&link, sizeof link) < 0) Fail("attaching it (TCX, Linux 6.6 or later)");
  return counter;
}

static void OpenRing(struct check* check, int ifindex) {
  check->fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (check->fd < 0) Fail("socket");
  const int version = TPACKET_V3;
  if (setsockopt(check->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) Fail("PACKET_VERSION");
  const struct tpacket_req3 ring = {
      .tp_block_size = kBlockBytes,
      .tp_block_nr = kBlocks,
      .tp_frame_size = kFrameBytes,
      .tp_frame_nr = kBlocks * (kBlockBytes / kFrameBytes),
      .tp_retire_blk_tov = kBlockTimeoutMs,
  };
  if (setsockopt(check->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) != 0) Fail("PACKET_RX_RING");
  check->ring = mmap(NULL, (size_t)kBlockBytes * kBlocks, PROT_READ | PROT_WRITE, MAP_SHARED, check->fd, 0);
  if (check->ring == MAP_FAILED) Fail("mmap");
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_protocol = htons(ETH_P_ALL)};
  if (bind(check->fd, (const struct sockaddr*)&address, sizeof address) != 0) Fail("bind");
}

/* Remembers a sequence number; returns 1 if it was there before. */
static int See(struct seen* seen, uint32_t sequence) {
  const size_t word = sequence >> 6;
  if (word >= seen->count) {
    size_t count = seen->count == 0 ? 1 << 14 : seen->count;
    while (word >= count) count *= 2;
    seen->words = realloc(seen->words, count * sizeof *seen->words);
    if (seen->words == NULL) Fail("realloc");
    memset(seen->words + seen->count, 0, (count - seen->count) * sizeof *seen->words);
    seen->count = count;
  }
  const uint64_t bit = 1ULL << (sequence & 63);
  const int before = (seen->words[word] & bit) != 0;
  seen->words[word] |= bit;
  return before;
}

/* Values below 16 are a bucket each; above, each power of two has 16 of the same width. */
static unsigned BucketOf(uint64_t ns) {
  if (ns < kSubBuckets) return (unsigned)ns;
  const unsigned exponent = 63 - (unsigned)__builtin_clzll(ns);
  return (exponent - 3) * kSubBuckets + (unsigned)((ns >> (exponent - 4)) & (kSubBuckets - 1));
}

static uint64_t LeastOf(unsigned bucket) {
  if (bucket < kSubBuckets) return bucket;
  const unsigned exponent = bucket / kSubBuckets + 3;
  return (1ULL << exponent) + ((uint64_t)(bucket % kSubBuckets) << (exponent - 4));
}

static void Look(struct check* check, const struct tpacket3_hdr* header) {
  if (header->tp_snaplen < kLeastFrameBytes) return;
  struct test_payload payload;
  memcpy(&payload, (const uint8_t*)header + header->tp_mac + kHeaderBytes, sizeof payload);
  if (payload.mark != kMark || payload.trial != check->trial || payload.flow >= kMostFlows) return;
  check->looked_at++;
  if (check->drop_every != 0 && check->looked_at % check->drop_every == 0) return;
  if (See(&check->seen, payload.sequence)) {
    check->duplicated++;
    return;
  }
  check->received++;
  if ((int64_t)payload.sequence < check->latest[payload.flow]) check->reordered++;
  else check->latest[payload.flow] = payload.sequence;
  const uint64_t arrived = header->tp_sec * 1000000000ULL + header->tp_nsec;
  check->latency[BucketOf(arrived > payload.sent_ns ? arrived - payload.sent_ns : 0)]++;
}

/* Looks at the frames that have come; returns how many blocks of them there were. */
static int LookAtAll(struct check* check) {
  int blocks = 0;
  for (;; blocks++) {
    struct tpacket_block_desc* block = (void*)(check->ring + (size_t)check->next_block * kBlockBytes);
    if ((__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return blocks;
    const uint8_t* at = (const uint8_t*)block + block->hdr.bh1.offset_to_first_pkt;
    for (uint32_t i = 0; i < block->hdr.bh1.num_pkts; i++) {
      const struct tpacket3_hdr* header = (const void*)at;
      Look(check, header);
      at += header->tp_next_offset;
    }
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    check->next_block = (check->next_block + 1) % kBlocks;
  }
}

static void Report(struct check* check) {
  struct pollfd ready = {.fd = check->fd, .events = POLLIN};
  while (LookAtAll(check) > 0 || poll(&ready, 1, kQuietMs) > 0) continue;
  struct tpacket_stats_v3 statistics;
  socklen_t length = sizeof statistics;
  if (getsockopt(check->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) != 0) Fail("PACKET_STATISTICS");
  printf("{\"received\":%llu,\"duplicated\":%llu,\"reordered\":%llu,\"missed\":%u,\"latency\":[",
         (unsigned long long)check->received, (unsigned long long)check->duplicated,
         (unsigned long long)check->reordered, statistics.tp_drops);
  const char* separator = "";
  for (unsigned bucket = 0; bucket < kBuckets; bucket++) {
    if (check->latency[bucket] == 0) continue;
    printf("%s[%llu,%llu]", separator, (unsigned long long)LeastOf(bucket), (unsigned long long)check->latency[bucket]);
    separator = ",";
  }
  printf("]}\n");
}

static void Close(struct check* check) {
  munmap(check->ring, (size_t)kBlockBytes * kBlocks);
  close(check->fd);
  free(check->seen.words);
  check->fd = -1;
}

static struct check check = {.fd = -1};

static void Begin(int ifindex, unsigned trial, unsigned long long drop_every) {
  memset(&check, 0, sizeof check);
  check.trial = (uint16_t)trial;
  check.drop_every = drop_every;
  for (int flow = 0; flow < kMostFlows; flow++) check.latest[flow] = -1;
  OpenRing(&check, ifindex);
  printf("checking\n");
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "sink: expected LINK\n");
    return 2;
  }
  const int ifindex = (int)if_nametoindex(argv[1]);
  if (ifindex == 0) Fail(argv[1]);
  const volatile uint64_t* counter = AttachDrop(ifindex);
  setpriority(PRIO_PROCESS, 0, kNiceValue);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    struct pollfd ready[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = check.fd, .events = POLLIN}};
    if (poll(ready, 2, -1) < 0) Fail("poll");
    if (check.fd >= 0) LookAtAll(&check);
    if (ready[0].revents == 0) continue;
    char line[64];
    ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
    if (length <= 0) return 0;
    line[length] = '\0';
    unsigned trial;
    unsigned long long drop_every;
    if (strcmp(line, "count\n") == 0) {
      struct timespec now;
      clock_gettime(CLOCK_MONOTONIC, &now);
      printf("{\"ns\":%lld,\"frames\":%llu}\n", now.tv_sec * 1000000000LL + now.tv_nsec, (unsigned long long)*counter);
    } else if (sscanf(line, "check %u %llu", &trial, &drop_every) == 2) {
      if (check.fd >= 0) Close(&check);
      Begin(ifindex, trial, drop_every);
    } else if (strcmp(line, "stop\n") == 0 && check.fd >= 0) {
      Report(&check);
      Close(&check);
    } else {
      fprintf(stderr, "sink: does not understand: %s", line);
      return 2;
    }
    fflush(stdout);
  }
}
