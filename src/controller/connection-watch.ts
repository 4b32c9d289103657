import type { Ipv4 } from '../base/ipv4.js';
import type { ForwarderQueries } from './forwarder-queries.js';

const POLL_MS = 500;
/** An address without a connection for so long is idle: one that ends may be followed by another. */
const IDLE_MS = 2000;

interface Connections {
  readonly open: number;
  /** Since when there was none; Infinity while there are. */
  readonly noneSinceMs: number;
}

/** The connections of VIPs that are being drained, asked for again and again. */
export class ConnectionWatch {
  private connections: ReadonlyMap<Ipv4, Connections> = new Map();
  private askedMs = -Infinity;

  constructor(private readonly queries: ForwarderQueries) {}

  /** These are to be watched. */
  watch(addresses: readonly Ipv4[], nowMs: number): void {
    if (addresses.some((address) => !this.connections.has(address))) this.askedMs = -Infinity;
    this.connections = new Map(addresses.map((address) => [address, this.connections.get(address) ?? UNKNOWN]));
    if (addresses.length === 0 || nowMs < this.askedMs + POLL_MS) return;
    this.askedMs = nowMs;
    this.queries.ask({ what: 'connections', addresses }, (counts) => this.take(addresses, counts, nowMs));
  }

  /** How many are open; undefined: nobody knows yet, or the kernel does not say. */
  open(address: Ipv4): number | undefined {
    const open = this.connections.get(address)?.open ?? Number.NaN;
    return Number.isNaN(open) ? undefined : open;
  }

  isIdle(address: Ipv4, nowMs: number): boolean {
    const { noneSinceMs } = this.connections.get(address) ?? UNKNOWN;
    return nowMs >= noneSinceMs + IDLE_MS;
  }

  /** When `watch` is to be called although nothing else happens; undefined: never. */
  nextTimeoutMs(): number | undefined {
    return this.connections.size === 0 ? undefined : this.askedMs + POLL_MS;
  }

  private take(addresses: readonly Ipv4[], counts: unknown, nowMs: number): void {
    if (!Array.isArray(counts)) return;
    const connections = new Map(this.connections);
    addresses.forEach((address, index) => {
      const before = connections.get(address);
      const open: unknown = counts[index];
      if (before === undefined || typeof open !== 'number') return;
      connections.set(address, { open, noneSinceMs: open > 0 ? Infinity : Math.min(before.noneSinceMs, nowMs) });
    });
    this.connections = connections;
  }
}

const UNKNOWN: Connections = { open: Number.NaN, noneSinceMs: Infinity };
