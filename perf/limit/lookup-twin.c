// Lookups in the table of a running measurement, in C: `lookup-twin DIRECTORY NODES`. Each line `MODE ADDRESSES COUNT` on the
// standard input is one turn (mode single or batch, addresses covered or random), answered by `NANOSECONDS SUM`: the time of
// one lookup and the sum of the answers modulo 2^32.
#include <string.h>

#include "poptrie.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const struct poptrie trie = load_poptrie(argv[1], strtoul(argv[2], NULL, 10));
  size_t bytes;
  const uint32_t *covered = load(argv[1], "covered", &bytes);
  const uint32_t *uniform = load(argv[1], "random", &bytes);
  const size_t size = bytes / sizeof(uint32_t);
  char mode[16], which[16];
  size_t count;
  while (scanf("%15s %15s %zu", mode, which, &count) == 3) {
    const uint32_t *addresses = strcmp(which, "covered") == 0 ? covered : uniform;
    uint32_t batch[BATCH];
    int32_t groups[BATCH];
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
        memcpy(batch, addresses + next, sizeof batch);
        lookup_batch(&trie, batch, groups, BATCH);
        for (int i = 0; i < BATCH; i++) sum += groups[i];
      } else {
        for (int i = 0; i < BATCH; i++) sum += lookup(&trie, addresses[next + i]);
      }
      next = next + BATCH < size ? next + BATCH : 0;
    }
    printf("%f %u\n", (nanoseconds() - begin) / count, sum);
    fflush(stdout);
  }
  return 0;
}
