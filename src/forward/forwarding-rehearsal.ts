import { Epochs } from '../fib/epoch.js';
import { GroupWriter } from '../fib/group-writer.js';
import { PoptrieWriter } from '../fib/poptrie-writer.js';
import { native } from '../kernel/binding.js';
import {
  BATCH_SIZE,
  ETHERNET_BEFORE_PACKET,
  FrameArena,
  PacketBatch,
  SLOT_BYTES,
  VNET_BEFORE_PACKET,
} from '../link/frame.js';
import type { Link } from '../link/link.js';
import { PacketLink } from '../link/packet-link.js';
import { TunLink } from '../link/tun-link.js';
import { AdjacencyTable, KIND_DELIVER, KIND_NEIGHBOR } from './adjacency.js';
import { COALESCE_TCP } from './coalesce-kind.js';
import { COUNT_TX_PACKETS, Counters } from './counters.js';
import { Engine } from './engine.js';
import { LinkTable, MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import { allocatePlane } from './plane.js';
import { addressOf, arpAnswer, type Cue, macOf, networkOf, packetCues, VIP } from './rehearsal-cues.js';

const ROUNDS = 2000;
const NOW_US = 1_000_000;

/** Beside the virtual link. */
const WIRES: readonly number[] = [1, 2];
const PLANE = { fib: { nodes: 64, leaves: 64 }, adjacencies: { routes: 8, hosts: 64 } };

/** A link of the rehearsal, of which the far end is in our hands. */
interface Stage {
  readonly index: number;
  readonly far: number;
  /** What comes in by it in each round; of its far end, in an arena of our own. */
  readonly cues: PacketBatch;
}

/**
 * Forwards packets to nowhere before the worker has anything to forward: V8 has compiled the way of a packet, with the links
 * and system calls of the real one, when the first of them comes. Otherwise it would take seconds of traffic, forwarded at two
 * thirds of the speed, and by a processor that compiles as well. The wires are socket pairs.
 *
 * @returns how many packets left each link in the last round
 */
export function rehearseForwarding(rounds = ROUNDS): number[] {
  const rehearsal = new ForwardingRehearsal();
  for (let round = 1; round < rounds; round++) rehearsal.play();
  const before = rehearsal.sent();
  rehearsal.play();
  const sent = rehearsal.sent().map((count, link) => count - before[link]);
  rehearsal.close();
  return sent;
}

class ForwardingRehearsal {
  private readonly memory = allocatePlane(PLANE);
  private readonly arena = new FrameArena(Engine.ARENA_SLOTS);
  private readonly io = new native.PacketIo(this.arena.bytes, SLOT_BYTES, BATCH_SIZE);
  private readonly farArena = new FrameArena(2 * BATCH_SIZE);
  private readonly farIo = new native.PacketIo(this.farArena.bytes, SLOT_BYTES, BATCH_SIZE);
  private readonly scratch = new PacketBatch();
  private readonly attached: (Link | undefined)[] = new Array(MAX_LINKS).fill(undefined);
  private readonly engine = new Engine(this.memory, this.arena, this.attached);
  private readonly links = new LinkTable(this.memory.links);
  private readonly counters = new Counters(this.memory.counters);
  private readonly stages: Stage[] = [];
  private cueSlot = BATCH_SIZE;

  constructor() {
    this.open(VIRTUAL_LINK);
    for (const wire of WIRES) this.open(wire);
    this.program();
    for (const stage of this.stages) this.write(stage);
  }

  play(): void {
    for (const stage of this.stages) this.send(stage);
    for (const { index } of this.stages) while (this.engine.receive(index, NOW_US) > 0);
    for (const stage of this.stages) this.drain(stage);
  }

  sent(): number[] {
    return this.stages.map(({ index }) => this.counters.read(index, COUNT_TX_PACKETS));
  }

  close(): void {
    for (const { index, far } of this.stages) {
      this.attached[index]?.close();
      native.close(far);
    }
    this.io.release();
    this.farIo.release();
  }

  private open(index: number): void {
    const ethernet = index !== VIRTUAL_LINK;
    const [near, far] = native.createSocketPair();
    this.attached[index] = ethernet ? new PacketLink(this.io, `wire${index}`, near) : new TunLink(this.io, 'tun', near);
    const addresses = [{ address: addressOf(index), prefixLength: ethernet ? 24 : 32 }];
    const mac = ethernet ? macOf(index) : new Uint8Array(6);
    this.links.define(index, {
      ifindex: index,
      mtu: 1500,
      ethernet,
      offload: true,
      mac,
      coalesce: ethernet ? 0 : COALESCE_TCP,
      addresses,
    });
    this.engine.linkChanged(index, NOW_US);
    this.engine.setLinkUp(index, true, NOW_US);
    this.stages.push({ index, far, cues: new PacketBatch() });
  }

  /** Behind each wire is a neighbor with a network; the VIP is here. */
  private program(): void {
    const { memory, engine } = this;
    const epochs = new Epochs(memory.epochs);
    const groups = new GroupWriter(memory.groups, epochs);
    const fib = new PoptrieWriter(memory.fib, epochs);
    const table = new AdjacencyTable(memory.adjacencies, memory.adjacencyCapacity);
    table.define(1, KIND_DELIVER, VIRTUAL_LINK, 0);
    engine.adjacencyDefined(1, NOW_US);
    fib.set(VIP, 32, groups.intern([1], 0));
    for (const wire of WIRES) {
      table.define(1 + wire, KIND_NEIGHBOR, wire, addressOf(wire) + 1);
      engine.adjacencyDefined(1 + wire, NOW_US);
      fib.set(networkOf(wire), 24, groups.intern([1 + wire], 0));
    }
  }

  /** The neighbor of a wire makes itself known once; packets of all kinds are for each round. */
  private write(stage: Stage): void {
    const { index, cues } = stage;
    if (index !== VIRTUAL_LINK) {
      this.add(stage, arpAnswer(index));
      this.send(stage);
      this.engine.receive(index, NOW_US);
      cues.count = 0;
    }
    for (const wire of WIRES) {
      if (wire === index) continue;
      const destination = networkOf(wire) + 1;
      for (const cue of packetCues(index, destination)) this.add(stage, cue);
    }
    if (index !== VIRTUAL_LINK) for (const cue of packetCues(index, VIP)) this.add(stage, cue);
  }

  private add({ index, cues }: Stage, { frame, virtio }: Cue): void {
    const header = index === VIRTUAL_LINK ? 0 : ETHERNET_BEFORE_PACKET;
    const { bytes } = this.farArena;
    const offset = this.farArena.packetOffset(this.cueSlot++);
    bytes.set(frame, offset - header);
    bytes.set(virtio, offset - VNET_BEFORE_PACKET);
    cues.offsets[cues.count] = offset;
    cues.lengths[cues.count++] = frame.length - header;
  }

  private send({ index, far, cues: { offsets, lengths, count } }: Stage): void {
    if (index === VIRTUAL_LINK) this.farIo.transmitTun(far, true, offsets, lengths, count);
    else this.farIo.transmitPacket(far, true, offsets, lengths, count);
  }

  private drain({ index, far }: Stage): void {
    const { offsets, lengths } = this.scratch;
    if (index === VIRTUAL_LINK) while (this.farIo.receiveTun(far, true, offsets, lengths, BATCH_SIZE) > 0);
    else while (this.farIo.receivePacket(far, true, offsets, lengths, BATCH_SIZE) > 0);
  }
}
