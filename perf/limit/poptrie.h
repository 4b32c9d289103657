// The poptrie of src/fib/poptrie.ts, read by C: the same memory, the same steps.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

#define DIRECT_ENTRIES (1u << 18)
#define NODE_WORDS 8
#define HALF_WORDS 4
#define LEAFVEC 1
#define CHILDREN 2
#define LEAVES 3
#define BATCH 64

struct poptrie {
  const int32_t *direct;
  const uint32_t *nodes;
  const uint16_t *leaves;
};

// Reads the file `fib` of a directory: direct entries, `nodes` nodes, leaves.
static struct poptrie load_poptrie(const char *directory, size_t nodes) {
  const char *memory = load(directory, "fib", NULL);
  const char *first_node = memory + DIRECT_ENTRIES * sizeof(int32_t);
  const char *first_leaf = first_node + nodes * NODE_WORDS * sizeof(uint32_t);
  return (struct poptrie){(const int32_t *)memory, (const uint32_t *)first_node, (const uint16_t *)first_leaf};
}

static inline uint32_t below(uint32_t vector, uint32_t slot) { return __builtin_popcount(vector & (slot - 1)); }

// From the half node at word `half`: the index of the leaf.
static inline uint32_t leaf_of(const uint32_t *nodes, uint32_t half, uint32_t vector, uint32_t address) {
  uint32_t slot = 1u << (address >> 8 & 31);
  if (vector & slot) {
    half = nodes[half + CHILDREN] + below(vector, slot) * NODE_WORDS + (address >> 5 & HALF_WORDS);
    slot = 1u << (address >> 2 & 31);
    vector = nodes[half];
    if (vector & slot) {
      half = nodes[half + CHILDREN] + below(vector, slot) * NODE_WORDS + (address << 1 & HALF_WORDS);
      slot = 1u << (address << 4 & 31);
    }
  }
  return nodes[half + LEAVES] + below(nodes[half + LEAFVEC], slot);
}

static inline int32_t lookup(const struct poptrie *trie, uint32_t address) {
  const int32_t entry = trie->direct[address >> 14];
  if (entry < 0) return entry & 0xffff;
  const uint32_t half = entry + (address >> 11 & HALF_WORDS);
  return trie->leaves[leaf_of(trie->nodes, half, trie->nodes[half], address)];
}

// As src/fib/batch-lookup.ts: all addresses take one step before any takes the next.
static inline void lookup_batch(const struct poptrie *trie, const uint32_t *addresses, int32_t *groups, int count) {
  int places[BATCH + 1];
  uint32_t rest[BATCH + 1], halves[BATCH + 1], vectors[BATCH];
  int left = 0;
  for (int i = 0; i < count; i++) {
    const int32_t entry = trie->direct[addresses[i] >> 14];
    groups[i] = entry & 0xffff;
    places[left] = i;
    rest[left] = addresses[i];
    halves[left] = (entry & 0x7fffffff) + (addresses[i] >> 11 & HALF_WORDS);
    left += entry >= 0;
  }
  for (int i = 0; i < left; i++) vectors[i] = trie->nodes[halves[i]];
  for (int i = 0; i < left; i++) halves[i] = leaf_of(trie->nodes, halves[i], vectors[i], rest[i]);
  for (int i = 0; i < left; i++) groups[places[i]] = trie->leaves[halves[i]];
}
