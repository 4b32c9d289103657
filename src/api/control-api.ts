import { LasthopError } from '../base/errors.js';
import { parseIpv4 } from '../base/ipv4.js';
import type { ReloadOutcome } from '../controller/configuration.js';
import type { Controller } from '../controller/controller.js';
import type { LoggedEvent } from '../controller/event-log.js';
import type { ForwarderQuery } from '../forward/messages.js';
import { bfdViews } from './bfd-views.js';
import { monotonicMs } from './clock.js';
import { neighborExplanation } from './neighbor-explanation.js';
import type { Params } from './protocol.js';
import type { ApiHandler } from './server.js';
import {
  checkViews,
  eventView,
  healthViews,
  interfaceViews,
  linkViews,
  lsdbViews,
  neighborViews,
  ospfView,
  rejectionViews,
  routeViews,
  statusView,
  vipViews,
} from './views.js';

type Method = (params: Params) => unknown;

/** How long the forwarder may take to answer. */
const FORWARDER_TIMEOUT_MS = 5000;

/** What the control protocol offers: what a running router knows, and the few things that can be asked of it. */
export class ControlApi implements ApiHandler {
  private readonly startedMs = monotonicMs();

  private readonly methods: ReadonlyMap<string, Method> = new Map<string, Method>([
    ['status', () => statusView(this.controller, monotonicMs() - this.startedMs)],
    ['links', () => this.links()],
    ['neighbors', () => neighborViews(this.controller, monotonicMs())],
    ['interfaces', () => interfaceViews(this.controller, monotonicMs())],
    ['ospf', () => ospfView(this.controller, monotonicMs())],
    ['rejections', () => rejectionViews(this.controller)],
    ['checks', () => checkViews(this.controller)],
    ['explain-neighbor', (params) => this.explainNeighbor(params)],
    ['lsdb', () => lsdbViews(this.controller, monotonicMs())],
    ['routes', () => routeViews(this.controller)],
    ['fib', (params) => this.ask({ what: 'fib', address: addressOf(params) })],
    ['vips', () => vipViews(this.controller, monotonicMs())],
    ['health', () => healthViews(this.controller)],
    ['adjacencies', () => this.ask({ what: 'adjacencies' })],
    ['bfd', () => this.bfd()],
    ['counters', () => this.ask({ what: 'counters' })],
    ['drops', () => this.ask({ what: 'drops' })],
    ['workers', () => this.ask({ what: 'workers' })],
    ['events', () => this.controller.events.recent().map(eventView)],
    ['reload', () => this.reload()],
    ['vip-drain', (params) => this.drain(params)],
    ['vip-undrain', (params) => this.undrain(params)],
    ['vip-move', (params) => this.move(params)],
    ['maintenance', (params) => this.maintenance(params)],
  ]);

  constructor(private readonly controller: Controller) {}

  async call(name: string, params: Params): Promise<unknown> {
    const method = this.methods.get(name);
    if (method === undefined) {
      const known = [...this.methods.keys()].join(', ');
      throw new LasthopError('UNKNOWN_METHOD', `unknown method "${name}", expected one of ${known}`);
    }
    return method(params);
  }

  watch(name: string, _params: Params, send: (item: unknown) => void): () => void {
    if (name !== 'events') throw new LasthopError('BAD_PARAMS', `"${name}" cannot be watched, expected events`);
    return this.controller.events.listen((event: LoggedEvent) => send(eventView(event)));
  }

  private async links(): Promise<unknown> {
    const [links, counters] = await Promise.all([this.ask({ what: 'links' }), this.ask({ what: 'counters' })]);
    return linkViews(this.controller, links, counters);
  }

  private async explainNeighbor(params: Params): Promise<unknown> {
    const sessions = await this.ask({ what: 'bfd' });
    return neighborExplanation(this.controller, String(params.link), sessions, monotonicMs());
  }

  private async bfd(): Promise<unknown> {
    return bfdViews(this.controller, await this.ask({ what: 'bfd' }));
  }

  private ask(query: ForwarderQuery): Promise<unknown> {
    return this.bounded((done) => {
      const id = this.controller.query(query, done);
      return () => this.controller.forget(id);
    });
  }

  private drain(params: Params): unknown {
    this.controller.drain(nameOf(params), limitOf(params), monotonicMs());
    return {};
  }

  private move(params: Params): unknown {
    const { to } = params;
    if (typeof to !== 'string') {
      throw new LasthopError('BAD_PARAMS', `to is ${JSON.stringify(to)}, expected the name or router ID of a router`);
    }
    this.controller.move(params.all === true ? undefined : nameOf(params), to, limitOf(params), monotonicMs());
    return {};
  }

  private async maintenance({ on }: Params): Promise<unknown> {
    if (typeof on !== 'boolean') {
      throw new LasthopError('BAD_PARAMS', `on is ${JSON.stringify(on)}, expected true or false`);
    }
    const failure = await this.bounded<string | undefined>((done) => {
      this.controller.setMaintenance(on, done);
      return () => {};
    });
    if (failure !== undefined) throw new LasthopError('STATE', `cannot note that for after a restart: ${failure}`);
    return { on };
  }

  private undrain(params: Params): unknown {
    this.controller.undrain(nameOf(params), monotonicMs());
    return {};
  }

  private async reload(): Promise<unknown> {
    const outcome = await this.bounded<ReloadOutcome>((done) => {
      this.controller.reload(done);
      return () => {};
    });
    if (!outcome.applied) throw new LasthopError(outcome.code, outcome.problems);
    return { applied: true, changed: outcome.changed };
  }

  /** Waits for `start` to call back; if the forwarder does not answer in time, gives up by what `start` returned. */
  private bounded<T>(start: (done: (value: T) => void) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        giveUp();
        reject(new LasthopError('TIMEOUT', `the forwarder did not answer within ${FORWARDER_TIMEOUT_MS / 1000} s`));
      }, FORWARDER_TIMEOUT_MS);
      const giveUp = start((value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
  }
}

function nameOf(params: Params): string {
  if (typeof params.name === 'string') return params.name;
  throw new LasthopError('BAD_PARAMS', `name is ${JSON.stringify(params.name)}, expected the name of a VIP`);
}

/** Milliseconds. */
function limitOf({ limitSeconds }: Params): number {
  if (typeof limitSeconds === 'number' && limitSeconds >= 0) return limitSeconds * 1000;
  const found = JSON.stringify(limitSeconds);
  throw new LasthopError('BAD_PARAMS', `limitSeconds is ${found}, expected a number of seconds, 0 or more`);
}

function addressOf(params: Params): number {
  const address = typeof params.address === 'string' ? parseIpv4(params.address) : undefined;
  if (address !== undefined) return address;
  throw new LasthopError('BAD_PARAMS', `address is ${JSON.stringify(params.address)}, expected an IPv4 address`);
}
