import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdjacencyTable } from '../../src/forward/adjacency.js';
import { COALESCE_TCP, COALESCE_UDP } from '../../src/forward/coalesce-kind.js';
import { COUNT_COALESCED, COUNT_TX_PACKETS, Counters } from '../../src/forward/counters.js';
import {
  DROP_LINK_DOWN,
  DROP_REASON_COUNT,
  DROP_REASON_NAMES,
  DROP_TRANSMIT_FULL,
  DROP_TRANSMIT_REFUSED,
} from '../../src/forward/drop-reason.js';
import { Engine } from '../../src/forward/engine.js';
import { LinkTable } from '../../src/forward/link-table.js';
import { Output } from '../../src/forward/output.js';
import { FrameArena, type PacketBatch } from '../../src/link/frame.js';
import type { Link } from '../../src/link/link.js';
import { datagram, segment } from '../support/train.js';

const LINK = 1;
const EAGAIN = 11;
const EINVAL = 22;
const ENETDOWN = 100;
const ENOBUFS = 105;

/** A link that answers as it is told to: a number of packets, or a negative errno. What it takes is noted by length. */
class ScriptedLink implements Link {
  readonly kind = 'memory';
  readonly name = 'scripted';
  readonly ethernet = true;
  readonly offload = true;
  readonly pollFd = -1;
  readonly taken: number[] = [];
  readonly bytes: Uint8Array[] = [];
  constructor(private readonly answers: number[]) {}

  receive(): number {
    return 0;
  }

  transmit(arena: FrameArena, batch: PacketBatch): number {
    const answer = this.answers.shift() ?? assert.fail('asked once more');
    if (answer > 0) this.taken.push(...batch.lengths.subarray(0, answer));
    for (let i = 0; i < answer; i++) {
      const offset = batch.offsets[i];
      this.bytes.push(arena.bytes.slice(offset, offset + batch.lengths[i]));
    }
    return answer;
  }

  close(): void {}
}

interface Flushed {
  readonly taken: number[];
  readonly sent: number;
  readonly drops: [string, number][];
}

/** Queues packets of 101, 102, … bytes and flushes; says what was sent and what was dropped. */
function flush(packets: number, answers: number[]): Flushed {
  return flushQueued(answers, 0, (output, arena) => {
    for (let i = 1; i <= packets; i++) output.queue(LINK, arena.packetOffset(i), 100 + i);
  });
}

function flushQueued(answers: number[], kinds: number, queue: (output: Output, arena: FrameArena) => void): Flushed {
  const made = bench(answers, kinds);
  queue(made.output, made.arena);
  made.output.flush();
  assert.equal(answers.length, 0);
  const reasons = Array.from({ length: DROP_REASON_COUNT }, (_, reason) => reason);
  const drops = reasons
    .map((reason): [string, number] => [DROP_REASON_NAMES[reason], made.counters.readDrops(LINK, reason)])
    .filter(([, count]) => count > 0);
  return { taken: made.link.taken, sent: made.counters.read(LINK, COUNT_TX_PACKETS), drops };
}

/** An output with one link that answers as it is told to and takes packets joined. */
function bench(answers: number[], kinds: number) {
  const link = new ScriptedLink(answers);
  const counters = new Counters(new SharedArrayBuffer(Counters.bytes()));
  const capacity = { routes: 4, hosts: 4 };
  const adjacencies = new AdjacencyTable(new SharedArrayBuffer(AdjacencyTable.bytes(capacity)), capacity);
  const arena = new FrameArena(Engine.ARENA_SLOTS);
  const table = new LinkTable(new SharedArrayBuffer(LinkTable.bytes()));
  const identity = { ifindex: 2, mtu: 1500, ethernet: true, offload: true, mac: new Uint8Array(6), addresses: [] };
  table.define(LINK, { ...identity, coalesce: kinds });
  const output = new Output(arena, table, [undefined, link], [], adjacencies, counters);
  output.linkChanged(LINK);
  return { link, counters, arena, table, output };
}

function queuePackets(output: Output, arena: FrameArena, packets: readonly Uint8Array[]): void {
  for (const [i, packet] of packets.entries()) {
    const offset = arena.packetOffset(i);
    arena.bytes.set(packet, offset);
    output.queue(LINK, offset, packet.length);
  }
}

function datagrams(...ports: readonly number[]): Uint8Array[] {
  return ports.map((port, i) => datagram(Uint8Array.of(i), {}, port));
}

test('what a link takes in pieces is sent in order', () => {
  assert.deepEqual(flush(4, [1, 3]), { taken: [101, 102, 103, 104], sent: 4, drops: [] });
});

test('a packet that a link refuses does not take those behind it along', () => {
  const drops = [[DROP_REASON_NAMES[DROP_TRANSMIT_REFUSED], 1]];
  assert.deepEqual(flush(4, [1, -EINVAL, 2]), { taken: [101, 103, 104], sent: 3, drops });
});

test('a full link drops the rest of the queue', () => {
  const drops = [[DROP_REASON_NAMES[DROP_TRANSMIT_FULL], 3]];
  for (const error of [0, -EAGAIN, -ENOBUFS]) {
    assert.deepEqual(flush(4, [1, error]), { taken: [101], sent: 1, drops });
  }
});

test('the news that a link has been down costs nothing if it is up again', () => {
  assert.deepEqual(flush(2, [-ENETDOWN, 2]), { taken: [101, 102], sent: 2, drops: [] });
  const drops = [[DROP_REASON_NAMES[DROP_LINK_DOWN], 2]];
  assert.deepEqual(flush(2, [-ENETDOWN, -ENETDOWN]), { taken: [], sent: 0, drops });
});

test('the pieces of a packet are taken together', () => {
  const queue = (output: Output, arena: FrameArena) => queuePackets(output, arena, datagrams(1, 2, 1, 2, 1, 3));
  assert.deepEqual(flushQueued([3, 3], COALESCE_UDP, queue), { taken: [29, 1, 1, 29, 1, 29], sent: 3, drops: [] });
});

test('a link that refuses what is joined gets the packets as they came, and no more joined ones of that kind', () => {
  const { output, arena, link, table, counters } = bench([-EINVAL, 3, -EINVAL, 2, 3, 2], COALESCE_UDP | COALESCE_TCP);
  const udp = datagrams(1, 2, 1, 2, 1);
  queuePackets(output, arena, udp);
  output.flush();
  assert.deepEqual(link.bytes, [udp[0], udp[2], udp[4], udp[1], udp[3]]);
  assert.equal(output.takeRefusalPending(), true);
  assert.equal(output.takeRefusalPending(), false);
  assert.equal(table.refusedKinds(LINK), COALESCE_UDP);

  // A reload changes nothing about what the way out can do.
  output.linkChanged(LINK);
  queuePackets(output, arena, datagrams(1, 1, 1));
  output.flush();
  const tcp = [0, 1].map((i) => segment(Uint8Array.of(1, 2, 3), { sequence: 3 * i, flags: i === 1 ? 0x18 : 0x10 }));
  queuePackets(output, arena, tcp);
  output.flush();
  assert.deepEqual(link.taken.slice(5), [29, 29, 29, 43, 3]);
  assert.equal(counters.read(LINK, COUNT_COALESCED), 1);
  assert.equal(output.takeRefusalPending(), false);
});

test('segments whose super-packet is refused have their own flags and checksums again', () => {
  const { output, arena, link } = bench([-EINVAL, 2], COALESCE_TCP);
  const tcp = [0, 1].map((i) => segment(Uint8Array.of(1, 2, 3), { sequence: 3 * i, flags: i === 1 ? 0x19 : 0x10 }));
  queuePackets(output, arena, tcp);
  output.flush();
  assert.deepEqual(link.bytes, tcp);
});

test('a link that refuses packets however they come is not one that refuses joined ones', () => {
  const { output, arena, table, counters } = bench([-EINVAL, -EINVAL, -EINVAL], COALESCE_UDP);
  queuePackets(output, arena, datagrams(1, 1));
  output.flush();
  assert.equal(table.refusedKinds(LINK), 0);
  assert.equal(output.takeRefusalPending(), false);
  assert.equal(counters.readDrops(LINK, DROP_TRANSMIT_REFUSED), 2);
});
