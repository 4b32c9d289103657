import type { Prefix } from '../base/prefix.js';
import { PrefixMap } from '../fib/prefix-map.js';
import { Rib, type Route, type RouteSource } from '../fib/rib.js';
import type { RouteRequest, ToForwarder } from '../forward/messages.js';

type RoutesMessage = Extract<ToForwarder, { type: 'routes' }>;

/** The best route to a prefix; undefined: it is gone. */
interface Change {
  readonly prefix: Prefix;
  readonly route: Route | undefined;
}

/** What one message changes. */
interface Unconfirmed {
  readonly sequence: number;
  readonly changes: readonly Change[];
}

/** The RIB, and what of it the forwarder has been sent and has confirmed. */
export class RouteFeed {
  readonly rib = new Rib();
  /** Changes that have not been sent. */
  private pending = new PrefixMap<Change>();
  /** Messages that have not been confirmed, oldest first. */
  private readonly unconfirmed: Unconfirmed[] = [];
  private readonly confirmed = new PrefixMap<RouteSource>();
  /** What the forwarder had no room for; asked for again along with a change that makes room. */
  private readonly refused = new PrefixMap<Prefix>();
  private sequence = 0;

  /** Replaces all routes of one source. */
  replace(source: RouteSource, routes: readonly Route[]): void {
    const { best, gone } = this.rib.replaceSource(source, routes);
    for (const route of best) this.pending.set(route.prefix, { prefix: route.prefix, route });
    for (const prefix of gone) this.pending.set(prefix, { prefix, route: undefined });
  }

  /** All changes since the last call as one message; undefined if there are none. */
  take(): RoutesMessage | undefined {
    if (this.pending.values.length === 0) return undefined;
    if (this.refused.values.length > 0) this.retryRefused();
    const changes = this.pending.values;
    this.pending = new PrefixMap();
    const upsert: RouteRequest[] = [];
    const remove: Prefix[] = [];
    for (const { prefix, route } of changes) {
      if (route === undefined) remove.push(prefix);
      else upsert.push({ prefix, paths: route.paths, repair: route.repair });
    }
    const sequence = ++this.sequence;
    this.unconfirmed.push({ sequence, changes });
    return { type: 'routes', sequence, upsert, remove };
  }

  /** The forwarding workers read the state of the message with this sequence number, but for what was refused of it. */
  confirm(sequence: number, refused: readonly Prefix[]): void {
    for (let oldest = this.unconfirmed[0]; oldest !== undefined; oldest = this.unconfirmed[0]) {
      if (oldest.sequence > sequence) break;
      for (const { prefix, route } of oldest.changes) {
        if (route === undefined) this.confirmed.delete(prefix);
        else this.confirmed.set(prefix, route.source);
        this.refused.delete(prefix);
      }
      this.unconfirmed.shift();
    }
    for (const prefix of refused) {
      this.confirmed.delete(prefix);
      this.refused.set(prefix, prefix);
    }
  }

  /**
   * True if the forwarder has confirmed that it uses the route of `source` to exactly this prefix, and not yet that it
   * does no longer. Another source's route to the same prefix is another matter: an address that is served here may be
   * reached elsewhere before and after.
   */
  isProgrammed(prefix: Prefix, source: RouteSource): boolean {
    return this.confirmed.get(prefix) === source;
  }

  private retryRefused(): void {
    if (!this.pending.values.some(({ route }) => route === undefined)) return;
    for (const prefix of this.refused.values) {
      if (this.pending.get(prefix) === undefined) this.pending.set(prefix, { prefix, route: this.rib.best(prefix) });
    }
  }
}
