// The same lookups with DPDK's rte_lpm: `rte-lpm DIRECTORY`, turns as of lookup-twin.c; `batch` is rte_lpm_lookup_bulk.
// The file `prefixes` has three words for each prefix (address, length, next hop), shorter prefixes first.
#include <rte_eal.h>
#include <rte_lpm.h>
#include <string.h>

#include "memory.h"

#define BATCH 64

// rte_lpm_add compares a rule with all others of its length, which takes minutes for the /24 of an Internet table. They
// are written where that function would write them; what it keeps besides is not needed to look up.
static void add(struct rte_lpm *lpm, uint32_t address, uint8_t length, uint32_t hop) {
  if (length == 24) {
    lpm->tbl24[address >> 8] = (struct rte_lpm_tbl_entry){.next_hop = hop, .valid = 1, .valid_group = 0, .depth = 24};
  } else if (rte_lpm_add(lpm, address, length, hop) < 0) {
    fail("rte_lpm_add");
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  // Its files, there rather than in /var/run.
  setenv("RUNTIME_DIRECTORY", argv[1], 1);
  char *options[] = {argv[0],          "--no-huge",         "--no-pci", "--no-shconf",
                     "--no-telemetry", "--log-level=error", "-m",       "512",         NULL};
  if (rte_eal_init(sizeof options / sizeof *options - 1, options) < 0) fail("rte_eal_init");
  const struct rte_lpm_config config = {.max_rules = 1 << 20, .number_tbl8s = 1 << 16};
  struct rte_lpm *lpm = rte_lpm_create("table", SOCKET_ID_ANY, &config);
  if (lpm == NULL) fail("rte_lpm_create");
  size_t bytes;
  const uint32_t *prefixes = load(argv[1], "prefixes", &bytes);
  for (size_t at = 0; at < bytes / sizeof(uint32_t); at += 3) {
    add(lpm, prefixes[at], prefixes[at + 1], prefixes[at + 2]);
  }
  const uint32_t *covered = load(argv[1], "covered", &bytes);
  const uint32_t *uniform = load(argv[1], "random", &bytes);
  const size_t size = bytes / sizeof(uint32_t);
  char mode[16], which[16];
  size_t count;
  while (scanf("%15s %15s %zu", mode, which, &count) == 3) {
    const uint32_t *addresses = strcmp(which, "covered") == 0 ? covered : uniform;
    uint32_t hops[BATCH];
    uint32_t sum = 0;
    size_t next = 0;
    double begin = 0;
    // Once without a look at the clock: the turn of another has emptied the caches.
    for (size_t done = 0; done < 2 * count; done += BATCH) {
      if (done == count) {
        sum = 0;
        begin = nanoseconds();
      }
      if (strcmp(mode, "batch") == 0) {
        rte_lpm_lookup_bulk(lpm, addresses + next, hops, BATCH);
        for (int i = 0; i < BATCH; i++) sum += hops[i] & RTE_LPM_LOOKUP_SUCCESS ? hops[i] & 0xffffff : 0;
      } else {
        for (int i = 0; i < BATCH; i++) {
          uint32_t hop;
          if (rte_lpm_lookup(lpm, addresses[next + i], &hop) == 0) sum += hop;
        }
      }
      next = next + BATCH < size ? next + BATCH : 0;
    }
    printf("%f %u\n", (nanoseconds() - begin) / count, sum);
    fflush(stdout);
  }
  return 0;
}
