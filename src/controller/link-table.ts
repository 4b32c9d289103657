import type { Config } from '../config/config.js';
import type { LinkState, ToForwarder } from '../forward/messages.js';
import type { EventDetail, EventLog } from './event-log.js';

/** Why the forwarder has not taken a link, and what to do about it; the hint is undefined if it knows none. */
export interface LinkRefusal {
  readonly reason: string;
  readonly hint: string | undefined;
}

/** The links that the forwarder was asked to take, and what it has said of them. */
export class LinkTable {
  /** By name, of links that are in the configuration. */
  private readonly known = new Map<string, LinkState>();
  /** The last of each link, whether it still stands or not. */
  private readonly refusals = new Map<string, LinkRefusal>();
  /** What the forwarder was told last, as text to compare with. */
  private told = '';

  constructor(
    private readonly send: (message: ToForwarder) => void,
    private readonly events: EventLog,
  ) {}

  get states(): ReadonlyMap<string, LinkState> {
    return this.known;
  }

  isUp(name: string): boolean {
    return this.known.get(name)?.up ?? false;
  }

  /** Why this link is not forwarded on; undefined if it was not refused, or has been taken since. */
  refusalOf(name: string): LinkRefusal | undefined {
    const refusal = this.refusals.get(name);
    return refusal !== undefined && this.known.get(name)?.reason === refusal.reason ? refusal : undefined;
  }

  /** Returns true if a link that was up is not any more. */
  take(state: LinkState, nowMs: number): boolean {
    const { name: link, up, mtu, reason } = state;
    const before = this.known.get(link);
    this.known.set(link, state);
    if (before !== undefined && before.up === up && before.reason === reason) return false;
    const wasUp = before?.up ?? false;
    if (up) this.events.record(nowMs, 'link-up', { link, mtu });
    // Of a link that was refused the forwarder has told.
    else if (wasUp || this.refusalOf(link) === undefined) this.events.record(nowMs, 'link-down', { link, reason });
    return wasUp && !up;
  }

  /** `detail` is that of the forwarder's event `link-refused`. */
  refuse({ link, reason, hint }: EventDetail): void {
    this.refusals.set(String(link), { reason: String(reason), hint: hint === undefined ? undefined : String(hint) });
  }

  /** Has the forwarder take the links of `config`, and no others. */
  tell(config: Config): void {
    const links = config.links.map(({ name, io, addresses, mtu, coalesce, policy }) => ({
      name,
      io,
      addresses,
      mtu,
      coalesce,
      policy,
    }));
    const text = JSON.stringify(links);
    if (text === this.told) return;
    this.told = text;
    this.send({ type: 'links', links });
    for (const name of this.known.keys()) {
      if (!links.some((link) => link.name === name)) this.known.delete(name);
    }
  }
}
