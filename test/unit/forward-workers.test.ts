import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AdjacencyTable } from '../../src/forward/adjacency.js';
import { Counters } from '../../src/forward/counters.js';
import { Engine } from '../../src/forward/engine.js';
import { MAX_LINKS } from '../../src/forward/link-table.js';
import { FrameArena, PacketBatch } from '../../src/link/frame.js';
import type { Link } from '../../src/link/link.js';
import { MemoryLink } from '../../src/link/memory-link.js';
import { arpFrame, ethernetFrame, PlaneBench, packet } from '../support/plane-bench.js';

/** A bench whose engine is the first of two; the second has sockets of its own on links 1 and 2. */
class Pair {
  readonly bench = new PlaneBench({ workers: 2 });
  readonly second: Engine;
  private readonly inner: MemoryLink;
  private readonly far: MemoryLink;
  private readonly arena = new FrameArena(64);
  private readonly batch = new PacketBatch();

  constructor() {
    const links: (Link | undefined)[] = new Array(MAX_LINKS).fill(undefined);
    const ethernet = { ethernet: true, offload: true };
    const [inner] = MemoryLink.pair('in', ethernet);
    const [outer, far] = MemoryLink.pair('out', ethernet);
    this.inner = inner;
    this.far = far;
    links[1] = inner;
    links[2] = outer;
    this.second = new Engine(this.bench.memory, new FrameArena(Engine.ARENA_SLOTS), links, [], 1);
    this.second.linkChanged(1, this.bench.nowUs);
    this.second.linkChanged(2, this.bench.nowUs);
    this.bench.connect();
  }

  /** Lets packets come in together at the second worker by link 1. */
  receive(...packets: Uint8Array[]): void {
    for (const bytes of packets) this.inner.deliver(ethernetFrame(1, bytes));
    while (this.second.receive(1, this.bench.nowUs) > 0);
  }

  /** What the second worker has sent by link 2 itself. */
  sent(): Uint8Array[] {
    const sent: Uint8Array[] = [];
    while (this.far.receive(this.arena, this.batch) > 0) {
      for (let i = 0; i < this.batch.count; i++) {
        const at = this.batch.offsets[i];
        sent.push(this.arena.bytes.slice(at, at + this.batch.lengths[i]));
      }
    }
    return sent;
  }
}

const numbered = (destination: string, identification: number) => packet({ destination, identification });
const identificationOf = (bytes: Uint8Array) => (bytes[4] << 8) | bytes[5];

describe('a further worker', () => {
  it('forwards to what the first one has found', () => {
    const pair = new Pair();
    pair.bench.learn(2, '10.0.2.9');
    pair.receive(numbered('10.0.2.9', 1), numbered('10.0.2.9', 2));
    assert.deepEqual(pair.sent().map(identificationOf), [1, 2]);
    assert.equal(pair.second.takeHandoverPending(), false);
    assert.equal(pair.bench.count(1, 'rxPackets'), 2);
    assert.equal(new Counters(pair.bench.memory.counters).readWorker(1, 2), 2);
    const { adjacencies, adjacencyCapacity } = pair.bench.memory;
    const table = new AdjacencyTable(adjacencies, adjacencyCapacity);
    assert.equal(table.packetCount(table.firstHost), 2);
    assert.equal(table.packets[table.firstHost], 0);
  });

  it('leaves packets for a neighbor that is not known to the first one, those of a flow in order', () => {
    const pair = new Pair();
    pair.bench.learn(2, '10.0.2.8');
    pair.receive(numbered('10.0.2.9', 1), numbered('10.0.2.8', 2), numbered('10.0.2.9', 3));
    assert.deepEqual(pair.sent().map(identificationOf), [2]);
    assert.equal(pair.second.takeHandoverPending(), true);
    assert.equal(pair.second.isHandoverDone, false);
    assert.equal(pair.bench.engine.takeOver(pair.bench.nowUs), true);
    assert.equal(pair.second.isHandoverDone, true);
    const [request] = pair.bench.sent(2);
    assert.deepEqual([...request.packet.slice(24, 28)], [10, 0, 2, 9]);
    // Answered by the neighbor's own question.
    pair.bench.receive(2, arpFrame(2, 'request', '10.0.2.9', '10.0.2.1'));
    const waited = pair.bench.sent(2).filter(({ frame }) => frame[12] === 8 && frame[13] === 0);
    assert.deepEqual(
      waited.map((each) => identificationOf(each.packet)),
      [1, 3],
    );
    pair.receive(numbered('10.0.2.9', 4));
    assert.deepEqual(pair.sent().map(identificationOf), [4]);
    assert.equal(pair.bench.count(1, 'rxPackets'), 4);
    assert.equal(pair.bench.count(1, 'handedOverPackets'), 2);
    assert.deepEqual(pair.bench.drops(), {});
  });

  it('has the first one punt OSPF', () => {
    const pair = new Pair();
    pair.receive(packet({ destination: '10.0.1.1', protocol: 89, payload: new Uint8Array(24) }));
    assert.deepEqual(pair.bench.punts(), []);
    pair.bench.engine.takeOver(pair.bench.nowUs);
    assert.deepEqual(
      pair.bench.punts().map(({ link }) => link),
      [1],
    );
  });

  it('takes the repair path from the moment at which the first one knows that a link is down', () => {
    const pair = new Pair();
    pair.bench.learn(2, '10.0.2.9');
    pair.bench.learn(3, '10.0.3.9');
    pair.bench.route('203.0.113.0/24', ['via 10.0.3.9 on 3'], 'via 10.0.2.9 on 2');
    pair.bench.setUp(3, false);
    pair.receive(numbered('203.0.113.9', 7));
    assert.deepEqual(pair.sent().map(identificationOf), [7]);
  });

  it('counts what finds no room on the way to the first one', () => {
    const pair = new Pair();
    const handed = () => pair.bench.count(1, 'handedOverPackets');
    let before = -1;
    for (let i = 0; handed() !== before; i++) {
      before = handed();
      pair.receive(numbered('10.0.2.9', i & 0xffff));
    }
    assert.deepEqual(pair.bench.drops(), { '1 handover-full': 1 });
  });
});
