/** The checks that a packet or an LSA can fail, one counter each. */
export type RejectionCheck =
  | 'interface'
  | 'malformed'
  | 'area'
  | 'source'
  | 'destination'
  /** None, a password or keys: the two ends differ. */
  | 'authentication-type'
  | 'authentication-password'
  /** The key ID is unknown, or its key is not valid now. */
  | 'authentication-key'
  | 'authentication-algorithm'
  | 'authentication-digest'
  | 'authentication-sequence'
  | 'router-id'
  | 'hello-interval'
  | 'dead-interval'
  | 'network-mask'
  | 'external-option'
  | 'nssa-option'
  | 'neighbor'
  | 'neighbor-limit'
  | 'neighbor-state'
  | 'mtu'
  | 'lsa'
  | 'lsa-limit'
  | 'min-ls-arrival';

/** Why a packet, or an LSA in a packet, was not accepted; what comes again for the same reason is counted here. */
export interface Rejection {
  readonly interface: string;
  /** IPv4 source of the packet. */
  readonly source: number;
  /** What the packet gives as its sender; undefined if that could not be read. */
  readonly routerId: number | undefined;
  readonly check: RejectionCheck;
  readonly expected: string;
  /** Of the last one, with its time. */
  readonly got: string;
  readonly atMs: number;
  readonly firstMs: number;
  readonly count: number;
}

export type RejectedPacket = Omit<Rejection, 'firstMs' | 'count'>;

/** What the log remembers of one check on one interface: a check that fails all the time displaces no other. */
const KEPT = 8;

/** Why packets were not accepted, and how many there have been of each kind: why is there no adjacency? */
export class RejectionLog {
  /** By interface and check, the one that was repeated last at the end. */
  private readonly kept = new Map<string, Rejection[]>();
  private readonly counts = new Map<RejectionCheck, number>();

  add(packet: RejectedPacket): void {
    const { check, atMs } = packet;
    this.count(check);
    const key = `${packet.interface} ${check}`;
    const others = this.kept.get(key) ?? [];
    this.kept.set(key, others);
    const index = others.findIndex((other) => isRepetition(packet, other));
    const [before] = index < 0 ? [] : others.splice(index, 1);
    if (others.length === KEPT) others.shift();
    others.push({ ...packet, firstMs: before?.firstMs ?? atMs, count: (before?.count ?? 0) + 1 });
  }

  /** Only counts: for what happens between routers that work as they should, and explains nothing. */
  count(check: RejectionCheck): void {
    this.counts.set(check, (this.counts.get(check) ?? 0) + 1);
  }

  /** By the time of the last, oldest first. */
  recent(): readonly Rejection[] {
    return [...this.kept.values()].flat().sort((a, b) => a.atMs - b.atMs);
  }

  counters(): { readonly [check in RejectionCheck]?: number } {
    return Object.fromEntries(this.counts);
  }
}

function isRepetition(packet: RejectedPacket, other: Rejection): boolean {
  return packet.source === other.source && packet.routerId === other.routerId && packet.expected === other.expected;
}
