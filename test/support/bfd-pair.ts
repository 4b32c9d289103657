import { SeededRandom } from '../../src/base/random.js';
import { BfdSession } from '../../src/bfd/session.js';
import type { BfdTimers } from '../../src/bfd/timing.js';
import { BFD_BYTES, BFD_STATE_NAMES, type BfdPacket, decodeBfd, encodeBfd } from '../../src/wire/bfd.js';
import { isMalformed } from '../../src/wire/malformed.js';

export const MS = 1000;
export const SECOND = 1_000_000;

export function timers(minTxMs: number, minRxMs: number, multiplier: number): BfdTimers {
  return { minTxUs: minTxMs * MS, minRxUs: minRxMs * MS, multiplier };
}

export interface SentPacket {
  readonly atUs: number;
  readonly packet: BfdPacket;
}

/** A session with its packets, in virtual time. */
export class BfdEnd {
  readonly session: BfdSession;
  readonly sent: SentPacket[] = [];
  readonly states: string[] = ['down'];

  constructor(discriminator: number, settings: BfdTimers, nowUs: number, seed = discriminator) {
    this.session = new BfdSession(discriminator, settings, new SeededRandom(seed), nowUs);
  }

  get state(): string {
    return BFD_STATE_NAMES[this.session.state];
  }

  /** Does what is due, as a worker would; returns the packet if one is sent. */
  step(nowUs: number): Uint8Array | undefined {
    const { session } = this;
    session.expire(nowUs);
    this.note();
    if (!session.isDue(nowUs)) return undefined;
    const bytes = new Uint8Array(BFD_BYTES);
    session.write(bytes, 0, nowUs);
    const packet = decodeBfd(bytes);
    if (isMalformed(packet)) throw new Error(`the session sent a malformed packet: ${packet.malformed}`);
    this.sent.push({ atUs: nowUs, packet });
    return bytes;
  }

  /** Takes a packet, given as bytes or as what differs from an ordinary one. */
  receive(packet: Uint8Array | Partial<BfdPacket>, nowUs: number): boolean {
    const bytes = packet instanceof Uint8Array ? packet : encodeBfd(bfdPacket(packet));
    const taken = this.session.receive(bytes, 0, nowUs);
    this.note();
    return taken;
  }

  /** Runs alone from `fromUs` to `toUs`; returns what it sent. */
  run(fromUs: number, toUs: number): SentPacket[] {
    const before = this.sent.length;
    for (let at = fromUs; at <= toUs; at = Math.max(this.session.nextUs, at + 1)) this.step(at);
    return this.sent.slice(before);
  }

  private note(): void {
    if (this.states.at(-1) !== this.state) this.states.push(this.state);
  }
}

/** Two sessions and the wire between them. */
export class BfdPair {
  nowUs = 0;
  /** What is lost, by the end that it comes from. */
  loses: (from: BfdEnd) => boolean = () => false;
  private readonly onWire: { readonly to: BfdEnd; readonly atUs: number; readonly bytes: Uint8Array }[] = [];

  constructor(
    readonly a: BfdEnd,
    readonly b: BfdEnd,
    readonly latencyUs = 100,
  ) {}

  run(durationUs: number): void {
    const endUs = this.nowUs + durationUs;
    for (;;) {
      const arrival = this.onWire[0]?.atUs ?? Infinity;
      const next = Math.max(this.nowUs, Math.min(arrival, this.a.session.nextUs, this.b.session.nextUs));
      if (next > endUs) break;
      this.nowUs = next;
      for (; this.onWire.length > 0 && this.onWire[0].atUs <= next; this.onWire.shift()) {
        this.onWire[0].to.receive(this.onWire[0].bytes, next);
      }
      this.step(this.a, this.b);
      this.step(this.b, this.a);
    }
    this.nowUs = endUs;
  }

  private step(from: BfdEnd, to: BfdEnd): void {
    const bytes = from.step(this.nowUs);
    if (bytes !== undefined && !this.loses(from)) this.onWire.push({ to, atUs: this.nowUs + this.latencyUs, bytes });
  }
}

/** A packet of a peer with 50 ms × 3 that is Down and knows nobody, but for `fields`. */
export function bfdPacket(fields: Partial<BfdPacket> = {}): BfdPacket {
  return {
    diagnostic: 0,
    state: 1,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    multiplier: 3,
    myDiscriminator: 77,
    yourDiscriminator: 0,
    desiredMinTxUs: 50 * MS,
    requiredMinRxUs: 50 * MS,
    requiredMinEchoRxUs: 0,
    authentication: undefined,
    ...fields,
  };
}
