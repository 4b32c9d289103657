import { formatPrefix, type Prefix } from '../base/prefix.js';
import { Rib, type Route, type RouteSource } from '../fib/rib.js';
import type { RouteRequest, ToForwarder } from '../forward/messages.js';

type RoutesMessage = Extract<ToForwarder, { type: 'routes' }>;

/** What one message changes: the source of the new best route to each prefix, undefined for a route that is gone. */
interface Unconfirmed {
  readonly sequence: number;
  readonly sources: ReadonlyMap<string, RouteSource | undefined>;
}

/** The RIB, and what of it the forwarder has been sent and has confirmed. */
export class RouteFeed {
  readonly rib = new Rib();
  /** Changes of best routes that have not been sent, by prefix; undefined: the route is gone. */
  private readonly pending = new Map<string, { readonly prefix: Prefix; readonly route: Route | undefined }>();
  /** Messages that have not been confirmed, oldest first. */
  private readonly unconfirmed: Unconfirmed[] = [];
  private readonly confirmed = new Map<string, RouteSource>();
  /** What the forwarder had no room for; asked for again along with a change that makes room. */
  private readonly refused = new Map<string, Prefix>();
  private sequence = 0;

  /** Replaces all routes of one source. */
  replace(source: RouteSource, routes: readonly Route[]): void {
    const { best, gone } = this.rib.replaceSource(source, routes);
    for (const route of best) this.pending.set(formatPrefix(route.prefix), { prefix: route.prefix, route });
    for (const prefix of gone) this.pending.set(formatPrefix(prefix), { prefix, route: undefined });
  }

  /** All changes since the last call as one message; undefined if there are none. */
  take(): RoutesMessage | undefined {
    if (this.pending.size === 0) return undefined;
    if (this.refused.size > 0) this.retryRefused();
    const upsert: RouteRequest[] = [];
    const remove: Prefix[] = [];
    const sources = new Map<string, RouteSource | undefined>();
    for (const [key, { prefix, route }] of this.pending) {
      sources.set(key, route?.source);
      if (route === undefined) remove.push(prefix);
      else upsert.push({ prefix, paths: route.paths, repair: route.repair });
    }
    this.pending.clear();
    const sequence = ++this.sequence;
    this.unconfirmed.push({ sequence, sources });
    return { type: 'routes', sequence, upsert, remove };
  }

  /** The forwarding workers read the state of the message with this sequence number, but for what was refused of it. */
  confirm(sequence: number, refused: readonly Prefix[]): void {
    for (let oldest = this.unconfirmed[0]; oldest !== undefined; oldest = this.unconfirmed[0]) {
      if (oldest.sequence > sequence) break;
      for (const [key, source] of oldest.sources) {
        if (source === undefined) this.confirmed.delete(key);
        else this.confirmed.set(key, source);
        this.refused.delete(key);
      }
      this.unconfirmed.shift();
    }
    for (const prefix of refused) {
      this.confirmed.delete(formatPrefix(prefix));
      this.refused.set(formatPrefix(prefix), prefix);
    }
  }

  /**
   * True if the forwarder has confirmed that it uses the route of `source` to exactly this prefix, and not yet that it
   * does no longer. Another source's route to the same prefix is another matter: an address that is served here may be
   * reached elsewhere before and after.
   */
  isProgrammed(prefix: Prefix, source: RouteSource): boolean {
    return this.confirmed.get(formatPrefix(prefix)) === source;
  }

  private retryRefused(): void {
    if (![...this.pending.values()].some(({ route }) => route === undefined)) return;
    for (const [key, prefix] of this.refused) {
      if (!this.pending.has(key)) this.pending.set(key, { prefix, route: this.rib.best(prefix) });
    }
  }
}
