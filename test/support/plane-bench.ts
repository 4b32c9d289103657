import { parseIpv4 } from '../../src/base/ipv4.js';
import { parseInterfaceAddress, parsePrefix } from '../../src/base/prefix.js';
import { SharedRing } from '../../src/base/ring.js';
import { Epochs } from '../../src/fib/epoch.js';
import { GroupWriter } from '../../src/fib/group-writer.js';
import { PoptrieWriter } from '../../src/fib/poptrie-writer.js';
import {
  AdjacencyTable,
  KIND_BLACKHOLE,
  KIND_CARRY_NEW,
  KIND_CARRY_UNKNOWN,
  KIND_CONNECTED,
  KIND_DELIVER,
  KIND_DELIVER_LEASED,
  KIND_LOCAL,
  KIND_NEIGHBOR,
  KIND_PROHIBIT,
} from '../../src/forward/adjacency.js';
import { COUNTER_NAMES, Counters } from '../../src/forward/counters.js';
import { DROP_REASON_NAMES } from '../../src/forward/drop-reason.js';
import { Engine } from '../../src/forward/engine.js';
import { FAST_PATH, type FastPath } from '../../src/forward/fast-path.js';
import { type LinkPolicy, PLAIN_POLICY } from '../../src/forward/link-policy.js';
import { LinkTable, MAX_LINKS } from '../../src/forward/link-table.js';
import { allocatePlane, type PlaneMemory, type PlaneOptions } from '../../src/forward/plane.js';
import { ETHERNET_BEFORE_PACKET, FrameArena, PacketBatch, VNET_BEFORE_PACKET } from '../../src/link/frame.js';
import type { Link } from '../../src/link/link.js';
import { MemoryLink } from '../../src/link/memory-link.js';
import { encodeArp } from '../../src/wire/arp.js';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, encodeEthernet } from '../../src/wire/ethernet.js';
import { encodeIpv4, type Ipv4Packet } from '../../src/wire/ipv4.js';

/** What a link carried: the frame (on the virtual link the packet), and the virtio header before it. */
export interface Carried {
  readonly frame: Uint8Array;
  /** Without the Ethernet header. */
  readonly packet: Uint8Array;
  /** 10 bytes. */
  readonly virtio: Uint8Array;
}

export interface BenchLink {
  readonly address: string;
  readonly mtu?: number;
  readonly offload?: boolean;
  /** `COALESCE_…` */
  readonly coalesce?: number;
  readonly policy?: Partial<LinkPolicy>;
}

export interface Punted {
  readonly link: number;
  readonly packet: Uint8Array;
}

/** Addresses of the links of a bench by index; the virtual link comes first. */
export const BENCH_LINKS: readonly BenchLink[] = [
  { address: '192.0.2.1/32', mtu: 1500 },
  { address: '10.0.1.1/24' },
  { address: '10.0.2.1/24' },
  { address: '10.0.3.1/24', offload: false, mtu: 1400 },
];

/** A router in memory: the engine with a virtual link (0) and three Ethernet links (1, 2, and 3 without offload). */
export class PlaneBench {
  readonly memory: PlaneMemory;
  readonly engine: Engine;
  readonly table: AdjacencyTable;
  readonly counters: Counters;
  readonly links: LinkTable;
  nowUs = 1_000_000;
  private readonly far: MemoryLink[] = [];
  private readonly near: MemoryLink[] = [];
  private readonly attached: (Link | undefined)[] = new Array(MAX_LINKS).fill(undefined);
  private readonly fib: PoptrieWriter;
  private readonly groups: GroupWriter;
  private readonly ring: SharedRing;
  private readonly arena = new FrameArena(64);
  private readonly batch = new PacketBatch();
  private readonly paths = new Map<string, number>();

  constructor(options: PlaneOptions = {}, links: readonly BenchLink[] = BENCH_LINKS, fastPath: FastPath = FAST_PATH) {
    this.memory = allocatePlane({ adjacencies: { routes: 64, hosts: 128 }, ...options });
    const epochs = new Epochs(this.memory.epochs);
    this.fib = new PoptrieWriter(this.memory.fib, epochs);
    this.groups = new GroupWriter(this.memory.groups, epochs);
    this.table = new AdjacencyTable(this.memory.adjacencies, this.memory.adjacencyCapacity);
    this.counters = new Counters(this.memory.counters);
    this.links = new LinkTable(this.memory.links);
    this.ring = new SharedRing(this.memory.punts);
    this.engine = new Engine(this.memory, new FrameArena(Engine.ARENA_SLOTS), this.attached, [], 0, fastPath);
    for (const [index, link] of links.entries()) this.open(link, index);
  }

  /** Programs a route. A path is `via 10.0.2.9 on 2`, `on 2` (connected), `carry-unknown 10.0.2.9`, or a kind: `local`, … */
  route(prefix: string, paths: readonly string[], repair?: string): void {
    const { address, length } = require(parsePrefix(prefix));
    const indices = paths.map((path) => this.path(path));
    const repairIndex = repair === undefined ? 0 : this.path(repair);
    if (length === 0) this.groups.setDefault(indices, repairIndex);
    else this.fib.set(address, length, this.groups.intern(indices, repairIndex));
  }

  /** The adjacency index of a path in the form of `route`. */
  path(text: string): number {
    const known = this.paths.get(text);
    if (known !== undefined) return known;
    const index = this.paths.size + 1;
    const [, via, link] = /^(?:via (\S+) )?on (\d)$/.exec(text) ?? [];
    const [name, to] = text.split(' ');
    const kinds = {
      local: KIND_LOCAL,
      deliver: KIND_DELIVER,
      'deliver-leased': KIND_DELIVER_LEASED,
      blackhole: KIND_BLACKHOLE,
      prohibit: KIND_PROHIBIT,
      'carry-unknown': KIND_CARRY_UNKNOWN,
      'carry-new': KIND_CARRY_NEW,
    };
    const kind = via !== undefined ? KIND_NEIGHBOR : link !== undefined ? KIND_CONNECTED : kinds[name as 'local'];
    const address = name.startsWith('carry') ? to : via;
    this.table.define(index, kind, Number(link ?? 0), address === undefined ? 0 : ip(address));
    this.engine.adjacencyDefined(index, this.nowUs);
    this.paths.set(text, index);
    return index;
  }

  /** Routes to the connected subnets and to the links' own addresses. */
  connect(): void {
    BENCH_LINKS.forEach(({ address }, index) => {
      this.route(`${address.split('/')[0]}/32`, ['local']);
      if (index > 0) this.route(address.replace(/\.1\/24$/, '.0/24'), [`on ${index}`]);
    });
  }

  /** Makes neighbors known: they ask for the router's address and it answers. */
  learn(link: number, ...addresses: string[]): void {
    for (const address of addresses) this.receive(link, arpFrame(link, 'request', address, `10.0.${link}.1`));
    this.sent(link);
  }

  /** Lets frames (on the virtual link: packets) come in by a link. */
  receive(link: number, ...frames: Uint8Array[]): void {
    for (const frame of frames) this.near[link].deliver(frame);
    while (this.engine.receive(link, this.nowUs) > 0);
  }

  /** Lets a packet for the router's MAC address come in, with a virtio header if given. */
  receivePacket(link: number, packet: Uint8Array, virtio?: Uint8Array): void {
    const bytes = link === 0 ? packet : ethernetFrame(link, packet);
    if (virtio === undefined) this.receive(link, bytes);
    else this.receiveBatch(link, [{ bytes, virtio }]);
  }

  /** Lets up to 64 frames (on the virtual link: packets) come in together, each with the virtio header before it. */
  receiveBatch(link: number, frames: readonly { readonly bytes: Uint8Array; readonly virtio: Uint8Array }[]): void {
    const header = link === 0 ? 0 : ETHERNET_BEFORE_PACKET;
    const { arena, batch } = this;
    frames.forEach(({ bytes, virtio }, i) => {
      const offset = arena.packetOffset(i);
      arena.bytes.set(bytes, offset - header);
      arena.bytes.set(virtio, offset - VNET_BEFORE_PACKET);
      batch.offsets[i] = offset;
      batch.lengths[i] = bytes.length - header;
    });
    batch.count = frames.length;
    this.far[link].transmit(arena, batch);
    while (this.engine.receive(link, this.nowUs) > 0);
  }

  /** Takes everything that a link has sent. */
  sent(link: number): Carried[] {
    const carried: Carried[] = [];
    const header = link === 0 ? 0 : 14;
    for (let received = this.far[link].receive(this.arena, this.batch); received > 0; ) {
      for (let i = 0; i < received; i++) {
        const at = this.batch.offsets[i];
        const end = at + this.batch.lengths[i];
        const { bytes } = this.arena;
        carried.push({
          frame: bytes.slice(at - header, end),
          packet: bytes.slice(at, end),
          virtio: bytes.slice(at - VNET_BEFORE_PACKET, at - VNET_BEFORE_PACKET + 10),
        });
      }
      received = this.far[link].receive(this.arena, this.batch);
    }
    return carried;
  }

  /** Lets time go by, timers on the way included. */
  pass(us: number): void {
    const end = this.nowUs + us;
    for (;;) {
      const next = this.engine.tick(this.nowUs);
      if (next < 0 || this.nowUs + next > end) break;
      this.nowUs += Math.max(next, 1);
    }
    this.nowUs = end;
    this.engine.tick(end);
  }

  setUp(link: number, up: boolean): void {
    this.engine.setLinkUp(link, up, this.nowUs);
  }

  inject(link: number, via: string, packet: Uint8Array): void {
    this.engine.inject(link, ip(via), packet, 0, packet.length, this.nowUs);
  }

  punts(): Punted[] {
    const punts: Punted[] = [];
    for (; this.ring.peek(); this.ring.pop()) {
      const packet = new Uint8Array(this.ring.length);
      this.ring.copyTo(packet, 0);
      punts.push({ link: this.ring.tag, packet });
    }
    return punts;
  }

  /** Drops so far by `link name`, those that are not 0. */
  drops(): { [reason: string]: number } {
    const drops: { [reason: string]: number } = {};
    for (let link = 0; link < BENCH_LINKS.length; link++) {
      DROP_REASON_NAMES.forEach((name, reason) => {
        const count = this.counters.readDrops(link, reason);
        if (count !== 0) drops[`${link} ${name}`] = count;
      });
    }
    return drops;
  }

  count(link: number, name: string): number {
    return this.counters.read(link, COUNTER_NAMES.indexOf(name));
  }

  private open(link: BenchLink, index: number): void {
    const offload = link.offload ?? true;
    const ethernet = index > 0;
    const [near, far] = MemoryLink.pair(`link${index}`, { ethernet, offload });
    this.near.push(near);
    this.far.push(far);
    this.attached[index] = near;
    this.links.define(index, {
      ifindex: index + 1,
      mtu: link.mtu ?? 1500,
      ethernet,
      offload,
      coalesce: link.coalesce ?? 0,
      mac: ethernet ? routerMac(index) : new Uint8Array(6),
      addresses: [require(parseInterfaceAddress(link.address))],
      policy: { ...PLAIN_POLICY, ...link.policy },
    });
    this.engine.linkChanged(index, this.nowUs);
    this.engine.setLinkUp(index, true, this.nowUs);
    this.sent(index);
  }
}

export function ip(text: string): number {
  return require(parseIpv4(text));
}

/** MAC address of the router on a link. */
export function routerMac(link: number): Uint8Array {
  return Uint8Array.of(2, 0, 0, 0, 0, link);
}

/** MAC address of the host that has an address in these tests. */
export function hostMac(address: string): Uint8Array {
  const value = ip(address);
  return Uint8Array.of(6, 0, value >>> 24, value >>> 16, value >>> 8, value);
}

export function ethernetFrame(link: number, packet: Uint8Array, destination: Uint8Array = routerMac(link)): Uint8Array {
  return encodeEthernet({
    destination,
    source: Uint8Array.of(6, 0, 0, 0, 0, 1),
    type: ETHERTYPE_IPV4,
    payload: packet,
  });
}

/** An ARP message as `address` on a link sends it to the router. */
export function arpFrame(link: number, operation: 'request' | 'reply', address: string, target: string): Uint8Array {
  const senderMac = hostMac(address);
  const targetMac = operation === 'reply' ? routerMac(link) : new Uint8Array(6);
  return encodeEthernet({
    destination: operation === 'reply' ? routerMac(link) : new Uint8Array(6).fill(0xff),
    source: senderMac,
    type: ETHERTYPE_ARP,
    payload: encodeArp({ operation, senderMac, senderAddress: ip(address), targetMac, targetAddress: ip(target) }),
  });
}

/** A packet with what is not said here left usual: UDP, TTL 64, from 198.51.100.7 to 203.0.113.9. */
export function packet(fields: Partial<Omit<Ipv4Packet, 'source' | 'destination'>> & PacketEnds = {}): Uint8Array {
  const { source = '198.51.100.7', destination = '203.0.113.9', ...rest } = fields;
  return encodeIpv4({
    tos: 0,
    identification: 0x1234,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 17,
    options: new Uint8Array(0),
    payload: Uint8Array.of(0x12, 0x34, 0x00, 0x35, 0x00, 0x0c, 0x00, 0x00, 1, 2, 3, 4),
    ...rest,
    source: ip(source),
    destination: ip(destination),
  });
}

export interface PacketEnds {
  readonly source?: string;
  readonly destination?: string;
}

function require<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a mistake in the test: an address that is none');
  return value;
}
