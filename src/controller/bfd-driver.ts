import { formatIpv4, type Ipv4 } from '../base/ipv4.js';
import { networkOf, prefixContains } from '../base/prefix.js';
import type { BfdSettings, Config, LinkConfig } from '../config/config.js';
import type { BfdSessionRequest, BfdState, ToForwarder } from '../forward/messages.js';
import type { OspfBfdSession } from '../ospf/messages.js';

/** What a session is for. */
export type BfdUser = 'ospf' | 'static';

interface Wish {
  readonly user: BfdUser;
  readonly link: string;
  readonly peer: Ipv4;
  readonly timers: BfdSettings;
}

/**
 * Says which BFD sessions the forwarder is to run: those that OSPF asks for, and those with the next hops of static routes.
 * Keeps what the forwarder tells of them.
 */
export class BfdDriver {
  private ospfSessions: readonly OspfBfdSession[] = [];
  private readonly states = new Map<string, BfdState>();
  private users: ReadonlyMap<string, readonly BfdUser[]> = new Map();
  /** What the forwarder was told last, as text to compare with. */
  private told = '[[],[]]';

  constructor(private readonly send: (message: ToForwarder) => void) {}

  /** OSPF watches these neighbors from now on. */
  watch(sessions: readonly OspfBfdSession[]): void {
    this.ospfSessions = sessions;
  }

  /**
   * The forwarder tells of a session. Returns true if its user has lost a neighbor by it: one that was up, and was not
   * switched off by its operator (RFC 5882 section 3.2).
   */
  take(state: BfdState): boolean {
    this.states.set(keyOf(state.link, state.peer), state);
    return state.lost && state.from === 'up' && state.to !== 'up';
  }

  /** True while the session with a neighbor says that it is lost; one that was never up says nothing. */
  isLost(link: string, peer: Ipv4): boolean {
    return this.states.get(keyOf(link, peer))?.lost ?? false;
  }

  /** What the session with a neighbor is for; nothing if it is only kept until its end. */
  usersOf(link: string, peer: string): readonly BfdUser[] {
    return this.users.get(`${link}/${peer}`) ?? [];
  }

  /** Tells the forwarder which sessions there are to be, if that has changed. */
  update(config: Config): void {
    const wishes = [...this.ospfWishes(config), ...staticWishes(config)];
    const requests = requestsOf(wishes, config.links);
    const text = JSON.stringify([requests, wishes.map(({ user }) => user)]);
    if (text === this.told) return;
    this.told = text;
    const before = this.users;
    this.users = usersBySession(wishes);
    // What an earlier controller asked for stays: its session goes on, and says nothing new when it is asked for again.
    for (const key of before.keys()) if (!this.users.has(key)) this.states.delete(key);
    this.send({ type: 'bfd-sessions', sessions: requests });
  }

  private ospfWishes(config: Config): Wish[] {
    return this.ospfSessions.flatMap(({ interface: link, address: peer }): Wish[] => {
      const timers = config.ospf?.interfaces.find((settings) => settings.link === link)?.bfd;
      return timers === undefined ? [] : [{ user: 'ospf', link, peer, timers }];
    });
  }
}

function staticWishes(config: Config): Wish[] {
  return config.routes.flatMap(({ action }) => {
    if (action.kind !== 'via' || action.bfd === undefined) return [];
    const timers = action.bfd;
    return action.via.flatMap((peer): Wish[] => {
      const link = config.links.find((each) => addressTowards(each, peer) !== undefined)?.name;
      return link === undefined ? [] : [{ user: 'static', link, peer, timers }];
    });
  });
}

/** One session for each neighbor; of several wishes for it the one that finds out soonest. */
function requestsOf(wishes: readonly Wish[], links: readonly LinkConfig[]): BfdSessionRequest[] {
  const soonest = new Map<string, Wish>();
  for (const wish of wishes) {
    const key = keyOf(wish.link, wish.peer);
    const other = soonest.get(key);
    if (other === undefined || detectionMs(wish.timers) < detectionMs(other.timers)) soonest.set(key, wish);
  }
  return [...soonest.values()].flatMap(({ link, peer, timers }) => {
    const config = links.find(({ name }) => name === link);
    const local = config && (addressTowards(config, peer) ?? config.addresses[0]?.address);
    const { minTxMs, minRxMs, multiplier } = timers;
    return local === undefined ? [] : [{ link, local, peer, minTxMs, minRxMs, multiplier }];
  });
}

function usersBySession(wishes: readonly Wish[]): Map<string, BfdUser[]> {
  const users = new Map<string, BfdUser[]>();
  for (const { link, peer, user } of wishes) {
    const key = keyOf(link, peer);
    const known = users.get(key) ?? [];
    if (!known.includes(user)) users.set(key, [...known, user]);
  }
  return users;
}

/** Milliseconds until a loss is seen, if the peer has the same timers. */
function detectionMs({ minTxMs, minRxMs, multiplier }: BfdSettings): number {
  return Math.max(minTxMs, minRxMs) * multiplier;
}

/** The own address whose subnet on the link holds `peer`. */
function addressTowards({ addresses }: LinkConfig, peer: Ipv4): Ipv4 | undefined {
  return addresses.find((address) => prefixContains(networkOf(address), peer))?.address;
}

function keyOf(link: string, peer: Ipv4): string {
  return `${link}/${formatIpv4(peer)}`;
}
