import { SeededRandom } from '../base/random.js';
import type { BfdState, FromForwarder, LinkState, ToForwarder } from '../forward/messages.js';
import { Controller } from './controller.js';

/** Failures, each with its repair. */
const FAILURES = 48;
/** Between a failure and its repair, and the other way round: no throttle of OSPF is on any more. */
const REST_MS = 6000;
const ROUTERS = 3;
/** Towards the next router of the ring, and towards the one before. */
const NEXT = 'eth1';
const PREVIOUS = 'eth2';

/**
 * Controllers of a ring of routers that do not exist, whose wires fail again and again. A router lives for months without a
 * failure: without this, all that a controller does about its first one would be compiled in the middle of it, and take
 * several times as long as about the next. Time passes here only when nothing else is to be done, and nothing leaves.
 */
export class FailureRehearsal {
  private nowMs = 0;
  private readonly routers = Array.from({ length: ROUTERS }, (_, place) => new RehearsedRouter(place, this));
  /** What has not arrived yet, oldest first. */
  private readonly onTheWay: (() => void)[] = [];
  /** The wire between this router and the next one has failed. */
  private failedPlace: number | undefined;
  private changes = 0;
  private changeMs = REST_MS;

  constructor() {
    for (const router of this.routers) this.later(() => router.controller.start(router.place));
  }

  /** One message for one controller, one of its timers, or a wire that fails or is repaired; false after the last. */
  step(): boolean {
    const arrives = this.onTheWay.shift();
    if (arrives !== undefined) {
      arrives();
      return true;
    }
    const [first] = [...this.routers].sort((a, b) => a.dueMs - b.dueMs);
    if (first !== undefined && first.dueMs < this.changeMs) {
      this.nowMs = Math.max(this.nowMs, first.dueMs);
      first.controller.timeout(this.nowMs);
      return true;
    }
    this.nowMs = this.changeMs;
    this.changeMs += REST_MS;
    return this.changeWire();
  }

  later(arrives: () => void): void {
    this.onTheWay.push(arrives);
  }

  tell(place: number, message: FromForwarder): void {
    this.later(() => this.routers[place]?.controller.receive(message, this.nowMs));
  }

  /** To the other end of the wire, if there is a way. */
  carry(place: number, link: string, packet: Uint8Array): void {
    const other = otherEnd(place, link);
    if ((link === NEXT ? place : other.place) === this.failedPlace) return;
    this.tell(other.place, { type: 'punt', link: other.link, atMs: this.nowMs, packet });
  }

  /** Of one wire after the other; every second loses no carrier, so that only BFD sees it. */
  private changeWire(): boolean {
    const failure = Math.floor(this.changes / 2);
    if (failure === FAILURES) return false;
    const fails = this.changes++ % 2 === 0;
    const place = failure % ROUTERS;
    const silent = failure % 2 === 1;
    this.failedPlace = fails ? place : undefined;
    for (const end of [{ place, link: NEXT }, otherEnd(place, NEXT)]) {
      this.tell(end.place, silent ? bfdState(end.place, end.link, !fails, this.nowMs) : linkState(end.link, !fails));
    }
    return true;
  }
}

/** A controller, and a forwarder that says yes to everything. */
class RehearsedRouter {
  readonly controller: Controller;

  constructor(
    readonly place: number,
    private readonly rehearsal: FailureRehearsal,
  ) {
    const clocks = { calendarMs: (atMs: number) => atMs, stopwatchMs: () => 0 };
    this.controller = new Controller((message) => this.take(message), new SeededRandom(place), clocks);
  }

  get dueMs(): number {
    return this.controller.nextTimeoutMs() ?? Number.POSITIVE_INFINITY;
  }

  private take(message: ToForwarder): void {
    switch (message.type) {
      case 'hello':
        this.answer({ type: 'welcome', restarts: 0, config: configOf(this.place), configPath: '', maintenance: false });
        break;
      case 'links':
        for (const { name } of message.links) this.answer(linkState(name, true));
        break;
      case 'virtual-link':
        this.answer({ type: 'virtual-link-ready', addresses: message.addresses });
        break;
      case 'routes':
        this.answer({ type: 'routes-programmed', sequence: message.sequence, refused: [] });
        break;
      case 'inject':
        this.rehearsal.carry(this.place, message.link, message.packet);
        break;
    }
  }

  private answer(message: FromForwarder): void {
    this.rehearsal.tell(this.place, message);
  }
}

function otherEnd(place: number, link: string): { readonly place: number; readonly link: string } {
  return link === NEXT
    ? { place: (place + 1) % ROUTERS, link: PREVIOUS }
    : { place: (place + ROUTERS - 1) % ROUTERS, link: NEXT };
}

function linkState(name: string, up: boolean): LinkState {
  const reason = up ? '' : 'no carrier';
  return { type: 'link', name, present: true, up, ifindex: 2, mtu: 1500, mac: '02:00:00:00:00:01', reason };
}

function bfdState(place: number, link: string, up: boolean, atMs: number): BfdState {
  const [from, to] = up ? (['down', 'up'] as const) : (['up', 'down'] as const);
  const peer = link === NEXT ? 0x0a000002 + place * 256 : 0x0a000001 + otherEnd(place, link).place * 256;
  const diagnostic = up ? 'none' : 'detection time expired';
  return { type: 'bfd', link, peer, atMs, from, to, diagnostic, remoteState: to, remoteDiagnostic: 'none', lost: !up };
}

/** The text of a configuration; JSON is YAML. The wire to the next router is 10.0.PLACE.0/24, and this end of it .1. */
function configOf(place: number): string {
  const bfd = { interval: 50, multiplier: 3 };
  const settings = { type: 'point-to-point', 'hello-interval': 2, 'dead-interval': 8, bfd };
  return JSON.stringify({
    'router-id': `192.0.2.${place + 1}`,
    links: [
      { name: NEXT, address: `10.0.${place}.1/24` },
      { name: PREVIOUS, address: `10.0.${otherEnd(place, PREVIOUS).place}.2/24` },
    ],
    ospf: {
      mode: 'router',
      interfaces: [
        { link: NEXT, cost: 10, ...settings },
        { link: PREVIOUS, cost: 10, ...settings },
      ],
    },
    vips: [{ name: 'service', address: `198.51.100.${place + 1}` }],
  });
}
