import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { parseInterfaceAddress, parsePrefix } from '../../src/base/prefix.js';
import type { ControllerChannel } from '../../src/forward/controller-process.js';
import { Forwarder } from '../../src/forward/forwarder.js';
import { PLAIN_POLICY } from '../../src/forward/link-policy.js';
import type {
  ForwarderEvent,
  ForwarderQuery,
  FromForwarder,
  LinkRequest,
  LinkState,
  Path,
  RouteRequest,
  ToForwarder,
} from '../../src/forward/messages.js';
import { eventually, ScratchNamespace } from './scratch-namespace.js';

/** Runs `ip` in the test's own namespace, where the router is, and returns what it prints. */
export function ip(...words: readonly string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function address(text: string): number {
  const parsed = parseIpv4(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

/** A request for a link; `addresses` as in `10.0.0.1/24`. */
export function link(name: string, ...addresses: readonly string[]): LinkRequest {
  const parsed = addresses.map((text) => parseInterfaceAddress(text) ?? assert.fail(text));
  return { name, io: 'packet', addresses: parsed, mtu: undefined, coalesce: 'none', policy: PLAIN_POLICY };
}

export function route(prefix: string, paths: readonly Path[], repair?: Path): RouteRequest {
  return { prefix: parsePrefix(prefix) ?? assert.fail(prefix), paths, repair };
}

/** A host with the kernel's own stack behind a link of the router, both with so many queues. */
export function host(routerLink: string, own: string, gateway: string, queues = 1): ScratchNamespace {
  const namespace = new ScratchNamespace();
  plug(routerLink, namespace, queues);
  namespace.ip('addr', 'add', own, 'dev', 'eth0');
  namespace.ip('route', 'add', 'default', 'via', gateway);
  return namespace;
}

/** Joins the router's `routerLink`, left down, and `eth0` of a namespace by a veth pair with so many queues. */
export function plug(routerLink: string, namespace: ScratchNamespace, queues = 1): void {
  const counts = queues === 1 ? [] : ['numrxqueues', String(queues), 'numtxqueues', String(queues)];
  const peer = ['peer', 'name', 'eth0', 'netns', namespace.name, ...counts];
  ip('link', 'add', 'name', routerLink, ...counts, 'type', 'veth', ...peer);
  namespace.ip('link', 'set', 'dev', 'eth0', 'addrgenmode', 'none', 'up');
  ip('link', 'set', 'dev', routerLink, 'addrgenmode', 'none');
}

/** A real forwarder in this process, with the test in the controller's place. */
export class ForwarderBench implements ControllerChannel {
  readonly forwarder: Forwarder;
  readonly received: FromForwarder[] = [];
  readonly events: ForwarderEvent[] = [];
  failure: Error | undefined;
  private deliver: (message: ToForwarder) => void = () => {};
  private sequence = 0;

  constructor(holdTimeMs = 60_000, workers = 1) {
    this.forwarder = new Forwarder({
      channel: this,
      workers,
      configPath: '/nowhere/lasthop.yaml',
      configText: 'the configuration',
      stateDirectory: '/nowhere/state',
      isGoodConfig: () => true,
      holdTimeMs,
      log: (event) => this.events.push(event),
      onReady: () => {},
      onFailure: (error) => {
        this.failure = error;
      },
    });
  }

  send(message: FromForwarder): boolean {
    this.received.push(message);
    return true;
  }

  onMessage(receive: (message: ToForwarder) => void): void {
    this.deliver = receive;
  }

  /** Says something to the forwarder as its controller. */
  tell(message: ToForwarder): void {
    this.deliver(structuredClone(message));
  }

  hello(): void {
    this.tell({ type: 'hello', pid: process.pid });
  }

  virtualLink(...addresses: readonly string[]): void {
    this.tell({
      type: 'virtual-link',
      name: 'lasthop0',
      mtu: 1500,
      addresses: addresses.map(address),
      coalesce: 'all',
    });
  }

  /** Sends a change of routes and waits until the worker reads it. */
  async routes(upsert: readonly RouteRequest[], remove: readonly string[] = []): Promise<void> {
    const sequence = ++this.sequence;
    const prefixes = remove.map((text) => parsePrefix(text) ?? assert.fail(text));
    this.tell({ type: 'routes', sequence, upsert, remove: prefixes });
    await eventually(`routes ${sequence} programmed`, () =>
      this.received.some((message) => message.type === 'routes-programmed' && message.sequence === sequence),
    );
  }

  ask(query: ForwarderQuery): unknown {
    const id = this.received.length;
    this.tell({ type: 'query', id, query });
    const answer = this.received.findLast((message) => message.type === 'answer' && message.id === id);
    return answer?.type === 'answer' ? answer.data : assert.fail('no answer');
  }

  /** What the controller was last told about a link. */
  state(name: string): LinkState | undefined {
    return this.received.filter((message) => message.type === 'link').findLast((state) => state.name === name);
  }

  eventNames(): string[] {
    return this.events.map(({ name }) => name);
  }

  async untilUp(...names: readonly string[]): Promise<void> {
    for (const name of names) await eventually(`${name} up`, () => this.state(name)?.up === true);
    // The worker has its own ear; wait for it too.
    await eventually(`forwarding on ${names.join()}`, () => names.every((name) => this.isForwarding(name)));
  }

  isForwarding(name: string): boolean {
    const rows = this.ask({ what: 'links' }) as readonly { name: string; forwarding: boolean }[];
    return rows.some((row) => row.name === name && row.forwarding);
  }

  close(): Promise<void> {
    return this.forwarder.close();
  }
}
