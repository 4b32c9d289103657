import { formatPrefix, type Prefix } from '../base/prefix.js';
import { Rib, type Route, type RouteSource } from '../fib/rib.js';
import type { RouteRequest, ToForwarder } from '../forward/messages.js';

type RoutesMessage = Extract<ToForwarder, { type: 'routes' }>;

/** The RIB, and what of it the forwarder has been sent and has confirmed. */
export class RouteFeed {
  readonly rib = new Rib();
  /** Changes of best routes that have not been sent, by prefix; undefined: the route is gone. */
  private readonly pending = new Map<string, { readonly prefix: Prefix; readonly route: Route | undefined }>();
  /** Messages that have not been confirmed, oldest first. */
  private readonly unconfirmed: RoutesMessage[] = [];
  private readonly confirmed = new Set<string>();
  private sequence = 0;

  /** Replaces all routes of one source. */
  replace(source: RouteSource, routes: readonly Route[]): void {
    for (const change of this.rib.replaceSource(source, routes)) this.pending.set(formatPrefix(change.prefix), change);
  }

  /** All changes since the last call as one message; undefined if there are none. */
  take(): RoutesMessage | undefined {
    if (this.pending.size === 0) return undefined;
    const upsert: RouteRequest[] = [];
    const remove: Prefix[] = [];
    for (const { prefix, route } of this.pending.values()) {
      if (route === undefined) remove.push(prefix);
      else upsert.push({ prefix, paths: route.paths, repair: route.repair });
    }
    this.pending.clear();
    const message: RoutesMessage = { type: 'routes', sequence: ++this.sequence, upsert, remove };
    this.unconfirmed.push(message);
    return message;
  }

  /** The forwarding workers read the state up to the message with this sequence number. */
  confirm(sequence: number): void {
    for (let oldest = this.unconfirmed[0]; oldest !== undefined; oldest = this.unconfirmed[0]) {
      if (oldest.sequence > sequence) return;
      for (const { prefix } of oldest.upsert) this.confirmed.add(formatPrefix(prefix));
      for (const prefix of oldest.remove) this.confirmed.delete(formatPrefix(prefix));
      this.unconfirmed.shift();
    }
  }

  /** True if the forwarder has confirmed a route of exactly this prefix, and not yet its removal. */
  isProgrammed(prefix: Prefix): boolean {
    return this.confirmed.has(formatPrefix(prefix));
  }
}
