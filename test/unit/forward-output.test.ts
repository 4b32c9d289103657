import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdjacencyTable } from '../../src/forward/adjacency.js';
import { COALESCE_UDP } from '../../src/forward/coalesce.js';
import { COUNT_TX_PACKETS, Counters } from '../../src/forward/counters.js';
import {
  DROP_LINK_DOWN,
  DROP_REASON_COUNT,
  DROP_REASON_NAMES,
  DROP_TRANSMIT_FULL,
  DROP_TRANSMIT_REFUSED,
} from '../../src/forward/drop-reason.js';
import { Engine } from '../../src/forward/engine.js';
import { Output } from '../../src/forward/output.js';
import { FrameArena, type PacketBatch } from '../../src/link/frame.js';
import type { Link } from '../../src/link/link.js';
import { datagram } from '../support/train.js';

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
  constructor(private readonly answers: number[]) {}

  receive(): number {
    return 0;
  }

  transmit(_arena: FrameArena, batch: PacketBatch): number {
    const answer = this.answers.shift() ?? assert.fail('asked once more');
    if (answer > 0) this.taken.push(...batch.lengths.subarray(0, answer));
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
  const link = new ScriptedLink(answers);
  const counters = new Counters(new SharedArrayBuffer(Counters.bytes()));
  const capacity = { routes: 4, hosts: 4 };
  const adjacencies = new AdjacencyTable(new SharedArrayBuffer(AdjacencyTable.bytes(capacity)), capacity);
  const arena = new FrameArena(Engine.ARENA_SLOTS);
  const output = new Output(arena, [undefined, link], [], adjacencies, counters);
  output.linkChanged(LINK, kinds);
  queue(output, arena);
  output.flush();
  assert.equal(answers.length, 0);
  const reasons = Array.from({ length: DROP_REASON_COUNT }, (_, reason) => reason);
  const drops = reasons
    .map((reason): [string, number] => [DROP_REASON_NAMES[reason], counters.readDrops(LINK, reason)])
    .filter(([, count]) => count > 0);
  return { taken: link.taken, sent: counters.read(LINK, COUNT_TX_PACKETS), drops };
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

test('the pieces of a packet are refused and taken together, and every packet in it counts as dropped', () => {
  const queue = (output: Output, arena: FrameArena) => {
    for (const [i, port] of [1, 2, 1, 2, 1, 3].entries()) {
      const packet = datagram(Uint8Array.of(i), {}, port);
      const offset = arena.packetOffset(i);
      arena.bytes.set(packet, offset);
      output.queue(LINK, offset, packet.length);
    }
  };
  const drops = [[DROP_REASON_NAMES[DROP_TRANSMIT_REFUSED], 3]];
  assert.deepEqual(flushQueued([-EINVAL, 2, 1], COALESCE_UDP, queue), { taken: [29, 1, 29], sent: 2, drops });
});
