// The step of perf/forwarding/core-bench.ts in C, on the same tables: `forward-twin DIRECTORY NODES ADJACENCIES`. Each line
// `BATCHES` on the standard input is one turn, answered by `NANOSECONDS SENT`: the time of one packet, and the packets that
// were sent. Loops, layouts and checks are those of src/forward/fast-path.ts; see there for the why.
#include <stdbool.h>
#include <string.h>

#include "poptrie.h"

#define SLOT_BYTES 69760
#define PACKET_START 64
#define VIRTIO_WORDS 16
#define PACKET_BYTES 46
#define SOURCE_LINK 1
#define LINKS 64
#define MACS_OFFSET 4608
#define GROUP_WORDS 96
#define PATHS 16
#define ACTION_SEND 1
#define HANDLED (-1)

struct batch {
  int count;
  int32_t offsets[BATCH], lengths[BATCH], groups[BATCH];
  uint32_t destinations[BATCH];
};

struct queue {
  int count;
  int32_t offsets[BATCH], lengths[BATCH];
};

struct source {
  const uint32_t *destinations, *third_words;
  size_t count, next;
  uint32_t mac_head, mac_tail;
};

struct router {
  uint32_t *arena;
  struct poptrie trie;
  const uint16_t *groups;
  const uint8_t *link, *action, *macs, *martians;
  const uint32_t *header, *mtu;
  double *packets, *bytes;
  struct queue queues[LINKS];
  double received, received_bytes, sent[LINKS], sent_bytes[LINKS];
};

static uint32_t swapped(uint32_t word) { return __builtin_bswap32(word); }

static bool outside_unicast(uint32_t address) {
  const uint32_t first = address >> 24;
  return first == 0 || first == 127 || first >= 224;
}

static bool header_sum_is_right(const uint32_t *at) {
  uint32_t sum = 0;
  for (int i = 0; i < 5; i++) sum += (at[i] & 0xffff) + (at[i] >> 16);
  const uint32_t folded = (sum & 0xffff) + (sum >> 16);
  return ((folded + (folded >> 16)) & 0xffff) == 0xffff;
}

static uint32_t ttl_decremented(uint32_t word) {
  const uint32_t sum = (~(word >> 16) & 0xffff) + 0xfffe;
  const uint32_t folded = (sum & 0xffff) + (sum >> 16);
  return ((word & 0xffff) - 1) | ((~folded & 0xffff) << 16);
}

static void receive(struct source *source, uint32_t *arena, struct batch *batch) {
  for (int i = 0; i < BATCH; i++) {
    const int32_t offset = i * SLOT_BYTES + PACKET_START;
    uint32_t *at = arena + offset / 4;
    at[-4] = source->mac_head;
    at[-3] = source->mac_tail;
    at[2] = source->third_words[source->next];
    at[4] = source->destinations[source->next];
    source->next++;
    batch->offsets[i] = offset;
    batch->lengths[i] = PACKET_BYTES;
  }
  if (source->next == source->count) source->next = 0;
  batch->count = BATCH;
}

static void admit(struct router *router, struct batch *batch) {
  const uint8_t *mac = router->macs + SOURCE_LINK * 8;
  const uint32_t mac_head = (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 24;
  uint32_t mac_tail;
  memcpy(&mac_tail, mac + 2, sizeof mac_tail);
  double received = 0;
  for (int i = 0; i < batch->count; i++) {
    uint32_t *at = router->arena + batch->offsets[i] / 4;
    const int32_t length = batch->lengths[i];
    const uint32_t first = at[0];
    const int32_t total = (first >> 8 & 0xff00) | first >> 24;
    const uint32_t source = swapped(at[3]);
    const uint32_t destination = swapped(at[4]);
    received += length;
    memset(at - VIRTIO_WORDS, 0, 12);
    const bool common = at[-3] == mac_tail && (at[-4] & 0xffff0000) == mac_head && at[-1] >> 16 == 0x0008 &&
                        (first & 0xff) == 0x45 && total >= 20 && total <= length && header_sum_is_right(at) &&
                        !outside_unicast(source) && !outside_unicast(destination) &&
                        router->martians[source * 0x9e3779b1u >> 22] == 0;
    batch->groups[i] = common ? 0 : HANDLED;
    if (!common) continue;
    batch->lengths[i] = total;
    batch->destinations[i] = destination;
  }
  router->received += batch->count;
  router->received_bytes += received;
}

static void transit(struct router *router, struct batch *batch) {
  for (int i = 0; i < batch->count; i++) {
    if (batch->groups[i] < 0) continue;
    const uint16_t *group = router->groups + batch->groups[i] * GROUP_WORDS;
    if (group[0] != 1) continue;
    const uint16_t path = group[PATHS];
    const uint8_t out = router->link[path];
    struct queue *queue = &router->queues[out];
    const int32_t length = batch->lengths[i];
    uint32_t *at = router->arena + batch->offsets[i] / 4;
    const uint32_t third = at[2];
    if (router->action[path] != ACTION_SEND || (third & 0xff) <= 1 || length > (int32_t)router->mtu[out] ||
        (at[-VIRTIO_WORDS] & 0xff01) != 0 || queue->count == BATCH) {
      continue;
    }
    memcpy(at - 4, router->header + path * 4, 16);
    at[2] = ttl_decremented(third);
    router->packets[path] += 1;
    router->bytes[path] += length;
    queue->offsets[queue->count] = batch->offsets[i];
    queue->lengths[queue->count] = length;
    queue->count++;
  }
}

// The sink takes everything and looks at nothing.
static void flush(struct router *router) {
  for (int link = 0; link < LINKS; link++) {
    struct queue *queue = &router->queues[link];
    for (int i = 0; i < queue->count; i++) router->sent_bytes[link] += queue->lengths[i];
    router->sent[link] += queue->count;
    queue->count = 0;
  }
}

static void forward(struct router *router, struct source *source, struct batch *batch) {
  receive(source, router->arena, batch);
  admit(router, batch);
  int32_t found[BATCH];
  lookup_batch(&router->trie, batch->destinations, found, batch->count);
  for (int i = 0; i < batch->count; i++) {
    if (batch->groups[i] != HANDLED) batch->groups[i] = found[i];
  }
  transit(router, batch);
  flush(router);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const char *directory = argv[1];
  const size_t end = strtoul(argv[3], NULL, 10);
  char *adjacencies = load(directory, "adjacencies", NULL);
  const uint32_t *links = load(directory, "links", NULL);
  static struct router router;
  static struct source source;
  static struct batch batch;
  router.arena = allocate((size_t)BATCH * SLOT_BYTES);
  router.trie = load_poptrie(directory, strtoul(argv[2], NULL, 10));
  router.groups = load(directory, "groups", NULL);
  router.martians = load(directory, "martians", NULL);
  router.header = (const uint32_t *)(adjacencies + end * 12);
  router.link = (const uint8_t *)adjacencies + end * 29;
  router.action = (const uint8_t *)adjacencies + end * 30;
  router.packets = (double *)(adjacencies + end * 32);
  router.bytes = (double *)(adjacencies + end * 40);
  router.mtu = links;
  router.macs = (const uint8_t *)links + MACS_OFFSET;
  source.destinations = load(directory, "destinations", &source.count);
  source.third_words = load(directory, "third-words", NULL);
  source.count /= sizeof(uint32_t);
  // Both words with two bytes of the address that the source writes, in the byte order of the machine.
  const uint8_t *mac = router.macs + SOURCE_LINK * 8;
  source.mac_head = (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 24;
  memcpy(&source.mac_tail, mac + 2, sizeof source.mac_tail);
  const uint32_t *template = load(directory, "template", NULL);
  for (int slot = 0; slot < BATCH; slot++) {
    memcpy(router.arena + (slot * SLOT_BYTES) / 4, template, PACKET_START + PACKET_BYTES);
  }
  size_t batches;
  while (scanf("%zu", &batches) == 1) {
    double before = 0, after = 0;
    for (int link = 0; link < LINKS; link++) before += router.sent[link];
    const double begin = nanoseconds();
    for (size_t i = 0; i < batches; i++) forward(&router, &source, &batch);
    const double took = nanoseconds() - begin;
    for (int link = 0; link < LINKS; link++) after += router.sent[link];
    printf("%f %.0f\n", took / (batches * BATCH), after - before);
    fflush(stdout);
  }
  return 0;
}
