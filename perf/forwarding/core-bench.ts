import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../../src/base/random.js';
import { Epochs } from '../../src/fib/epoch.js';
import { GroupWriter } from '../../src/fib/group-writer.js';
import { GROUP_WORDS } from '../../src/fib/next-hop-group.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import { AdjacencyTable, KIND_NEIGHBOR } from '../../src/forward/adjacency.js';
import { COUNT_RX_PACKETS, COUNT_TX_PACKETS, Counters } from '../../src/forward/counters.js';
import { DROP_REASON_COUNT } from '../../src/forward/drop-reason.js';
import { Engine } from '../../src/forward/engine.js';
import { type LinkIdentity, LinkTable, MAX_LINKS } from '../../src/forward/link-table.js';
import { MartianSources } from '../../src/forward/martian-sources.js';
import { allocatePlane, type PlaneMemory } from '../../src/forward/plane.js';
import { allocateHuge, preferHugePages } from '../../src/kernel/huge-pages.js';
import { BATCH_SIZE, FrameArena, PACKET_START, PacketBatch, SLOT_BYTES } from '../../src/link/frame.js';
import type { Link } from '../../src/link/link.js';
import { encodeArp } from '../../src/wire/arp.js';
import { ETHERTYPE_ARP, encodeEthernet } from '../../src/wire/ethernet.js';
import { coveredAddresses, type PrefixTable, writeTable } from '../prefix-table.js';
import { FrameSink, FrameSource, MIN_FRAME_PACKET_BYTES } from './core-links.js';

/** Next hops of the table: a prefix has one of them by its hash. */
export const NEXT_HOPS = 64;

/** Different destinations, enough of them that the caches do not hold what they lead to. */
const ADDRESSES = 1 << 20;

const SOURCE_LINK = 1;
const SINK_LINK = 2;
const SINK_ADDRESS = 0x0a000001; // 10.0.0.1/24
const NOW_US = 1_000_000;

/** A router in memory: one link brings packets without end, the other one takes them. */
export class CoreBench {
  private readonly memory: PlaneMemory;
  private readonly engine: Engine;
  private readonly arena = new FrameArena(Engine.ARENA_SLOTS);
  private readonly counters: Counters;
  private readonly source: FrameSource;
  private readonly idleBatch = new PacketBatch();

  constructor(table: PrefixTable) {
    preferHugePages(this.arena.bytes.subarray(0, BATCH_SIZE * SLOT_BYTES));
    const memory = allocatePlane({ allocateFib: allocateHuge });
    this.memory = memory;
    const links = new LinkTable(memory.links);
    const adjacencies = new AdjacencyTable(memory.adjacencies, memory.adjacencyCapacity);
    const epochs = new Epochs(memory.epochs);
    const groups = new GroupWriter(memory.groups, epochs);
    const sink = new FrameSink();
    const addresses = coveredAddresses(table, ADDRESSES, new SeededRandom(1));
    const attached: (Link | undefined)[] = new Array(MAX_LINKS).fill(undefined);
    this.counters = new Counters(memory.counters);
    this.engine = new Engine(memory, this.arena, attached);
    const attach = (index: number, link: Link, address: number): void => {
      attached[index] = link;
      links.define(index, identity(index, address));
      this.engine.linkChanged(index, NOW_US);
      this.engine.setLinkUp(index, true, NOW_US);
    };
    attach(SINK_LINK, sink, SINK_ADDRESS);
    const answers: Uint8Array[] = [];
    for (let hop = 1; hop <= NEXT_HOPS; hop++) {
      const via = SINK_ADDRESS + hop;
      adjacencies.define(hop, KIND_NEIGHBOR, SINK_LINK, via);
      this.engine.adjacencyDefined(hop, NOW_US);
      groups.intern([hop], 0);
      answers.push(arpAnswer(via));
    }
    sink.offer(answers);
    this.engine.receive(SINK_LINK, NOW_US);
    // Only now: its frames lie where those of the sink have been.
    this.source = new FrameSource(this.arena, BATCH_SIZE, addresses, macOf(SOURCE_LINK));
    attach(SOURCE_LINK, this.source, 0x0a000101);
    // Groups 1 to 64 are the next hops 1 to 64, since they were interned in this order.
    writeTable(table, new PoptrieWriter(memory.fib, epochs), NEXT_HOPS);
  }

  /** Forwards `batches` batches of 64 packets. */
  run(batches: number): void {
    for (let batch = 0; batch < batches; batch++) this.engine.receive(SOURCE_LINK, NOW_US);
  }

  /** What the source costs by itself: writes as many batches and forwards none. */
  runSourceOnly(batches: number): void {
    for (let batch = 0; batch < batches; batch++) this.source.receive(this.arena, this.idleBatch);
  }

  /** Writes all tables and the traffic as files for `perf/limit/forward-twin.c`; returns its arguments. */
  handOver(directory: string): string[] {
    const { memory, source } = this;
    const links = new LinkTable(memory.links);
    const martians = new MartianSources(links);
    martians.refresh();
    const files: { readonly [name: string]: Uint8Array | Uint32Array } = {
      fib: new Uint8Array(memory.fib.memory.buffer),
      groups: new Uint8Array(memory.groups, 0, (NEXT_HOPS + 1) * GROUP_WORDS * Uint16Array.BYTES_PER_ELEMENT),
      adjacencies: new Uint8Array(memory.adjacencies),
      links: new Uint8Array(memory.links),
      martians: martians.filter,
      destinations: source.destinations,
      'third-words': source.thirdWords,
      template: this.arena.bytes.subarray(0, PACKET_START + MIN_FRAME_PACKET_BYTES),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
    const { end } = new AdjacencyTable(memory.adjacencies, memory.adjacencyCapacity);
    return [directory, String(memory.fib.capacity.nodes), String(end)];
  }

  get received(): number {
    return this.counters.read(SOURCE_LINK, COUNT_RX_PACKETS);
  }

  get sent(): number {
    return this.counters.read(SINK_LINK, COUNT_TX_PACKETS);
  }

  get dropped(): number {
    let drops = 0;
    for (let reason = 0; reason < DROP_REASON_COUNT; reason++) drops += this.counters.readDrops(SOURCE_LINK, reason);
    return drops;
  }
}

function identity(link: number, address: number): LinkIdentity {
  const addresses = [{ address, prefixLength: 24 }];
  return { ifindex: link, mtu: 1500, ethernet: true, offload: false, mac: macOf(link), addresses };
}

function macOf(link: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, link);
}

function arpAnswer(address: number): Uint8Array {
  const senderMac = Uint8Array.of(2, 0, 0, 0, 1, address & 0xff);
  const payload = encodeArp({
    operation: 'reply',
    senderMac,
    senderAddress: address,
    targetMac: macOf(SINK_LINK),
    targetAddress: SINK_ADDRESS,
  });
  return encodeEthernet({ destination: macOf(SINK_LINK), source: senderMac, type: ETHERTYPE_ARP, payload });
}
