/** The checks that a packet or an LSA can fail, one counter each. */
export type RejectionCheck =
  | 'interface'
  | 'malformed'
  | 'authentication'
  | 'area'
  | 'router-id'
  | 'source'
  | 'destination'
  | 'hello-interval'
  | 'dead-interval'
  | 'external-option'
  | 'neighbor'
  | 'neighbor-limit'
  | 'neighbor-state'
  | 'mtu'
  | 'lsa'
  | 'lsa-limit'
  | 'min-ls-arrival';

/** Why one packet, or one LSA in a packet, was not accepted. */
export interface Rejection {
  readonly atMs: number;
  readonly interface: string;
  /** IPv4 source of the packet. */
  readonly source: number;
  readonly check: RejectionCheck;
  readonly expected: string;
  readonly got: string;
}

const KEPT = 64;

/** The last rejections, and how many there have been of each kind: the answer to "why is there no adjacency?". */
export class RejectionLog {
  private readonly kept: Rejection[] = [];
  private readonly counts = new Map<RejectionCheck, number>();

  add(rejection: Rejection): void {
    if (this.kept.length === KEPT) this.kept.shift();
    this.kept.push(rejection);
    this.count(rejection.check);
  }

  /** Only counts: for what happens between routers that work as they should, and explains nothing. */
  count(check: RejectionCheck): void {
    this.counts.set(check, (this.counts.get(check) ?? 0) + 1);
  }

  /** Oldest first. */
  recent(): readonly Rejection[] {
    return [...this.kept];
  }

  counters(): { readonly [check in RejectionCheck]?: number } {
    return Object.fromEntries(this.counts);
  }
}
