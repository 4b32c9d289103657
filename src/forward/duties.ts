import { SeededRandom } from '../base/random.js';
import { SharedRing } from '../base/ring.js';
import type { FrameArena } from '../link/frame.js';
import { ArpReceiver, ArpSender } from './arp.js';
import { BfdSessions } from './bfd-sessions.js';
import { ControlOutput, type ControlOutputParts } from './control-output.js';
import type { Forwarding } from './forward.js';
import type { Handover } from './handover.js';
import { NeighborCache } from './neighbor-cache.js';
import type { NeighborIndex } from './neighbor-index.js';
import { FoundNeighbors, type Neighbors } from './neighbors.js';
import type { PlaneMemory } from './plane.js';
import { Punts } from './punts.js';
import type { Receiver } from './receiver.js';

/** Who takes care of what only one worker can do. */
export interface Specialists {
  readonly neighbors: Neighbors;
  readonly arp: Receiver;
  readonly punts: Receiver;
  readonly bfd: Receiver;
  /** Of packets whose options are filled in on the way; undefined: nobody in particular. */
  readonly records: Receiver | undefined;
  /** Where a further worker leaves what is not its own; undefined in the first one. */
  readonly handover: Handover | undefined;
}

export interface DutiesParts extends ControlOutputParts {
  readonly arena: FrameArena;
  readonly hashSeed: number;
}

/** What the first worker does besides forwarding, for all of them. */
export class Duties implements Specialists {
  readonly neighbors: NeighborCache;
  readonly arp: ArpReceiver;
  readonly punts: Punts;
  readonly bfd: BfdSessions;
  readonly records = undefined;
  readonly handover = undefined;
  readonly control: ControlOutput;

  constructor(
    parts: DutiesParts,
    index: NeighborIndex,
    clock: Float64Array,
    forwarding: Forwarding,
    memory: PlaneMemory,
  ) {
    const { arena, links, adjacencies, counters, output, hashSeed } = parts;
    const sender = new ArpSender(arena, links, output, counters);
    this.neighbors = new NeighborCache(arena, adjacencies, index, links, sender, forwarding, clock);
    this.arp = new ArpReceiver(arena, links, sender, this.neighbors, counters, clock);
    this.punts = new Punts(arena.bytes, clock, counters, new SharedRing(memory.punts));
    this.control = new ControlOutput(parts, this.neighbors, forwarding);
    this.bfd = new BfdSessions(arena, output, counters, clock, new SeededRandom(hashSeed), this.control, memory);
  }
}

/** As a further worker sees them: it leaves all of that to the first one. */
export function elsewhere(handover: Handover, index: NeighborIndex): Specialists {
  const neighbors = new FoundNeighbors(index, handover);
  return { neighbors, arp: handover, punts: handover, bfd: handover, records: handover, handover };
}
