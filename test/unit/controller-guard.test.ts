import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENOUGH_MS } from '../../src/controller/announcer-guard.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

const VIP = 0x03030303;

/** Three servers in a row, which all serve the VIP. */
class Bench {
  readonly network = new ControllerNetwork();
  readonly servers: readonly [TestRouter, TestRouter, TestRouter];

  constructor(minimum: number) {
    const [a, b, c] = [1, 2, 3].map((id) => this.network.add(`s${id}`, config(id, minimum)));
    this.servers = [a!, b!, c!];
    this.network.wire('s1:right', 's2:left');
    this.network.wire('s2:right', 's3:left');
    for (const server of this.servers) server.start();
    this.network.run(30_000);
    assert.deepEqual(this.states, ['serving', 'serving', 'serving']);
  }

  get states(): (string | undefined)[] {
    return this.servers.map(({ controller }) => controller.vips.stateOf(VIP));
  }
}

function config(id: number, minimum: number): string {
  const link = (name: string, wire: number, host: number) => `  - { name: ${name}, address: 1.1.${wire}.${host}/30 }`;
  const ospf = (name: string) => `{ link: ${name}, type: point-to-point, hello-interval: 1, dead-interval: 4 }`;
  return `router-id: 10.0.0.${id}
links:
${link('left', id - 1, 2)}
${link('right', id, 1)}
ospf: { interfaces: [${ospf('left')}, ${ospf('right')}] }
vips:
  - { name: web, address: 3.3.3.3, mode: anycast, minimum-announcers: ${minimum}, checks: [{ tcp: "127.0.0.1:80" }] }
`;
}

describe('a VIP with minimum-announcers', () => {
  it('is a last resort for a while when its checks fail, and withdrawn since others serve it', () => {
    const { network, servers } = new Bench(2);
    servers[0].failure = 'connection refused';
    network.runUntil(() => servers[0].controller.vips.stateOf(VIP) === 'last-resort');
    const sinceMs = network.nowMs;
    network.runUntil(() => servers[0].controller.vips.stateOf(VIP) === 'failed');
    assert.equal(network.nowMs - sinceMs, ENOUGH_MS);
    assert.deepEqual(servers[0].events('vip-guard'), []);
    servers[0].failure = undefined;
    network.run(5000);
    assert.equal(servers[0].controller.vips.stateOf(VIP), 'serving');
  });

  it('stays a last resort while too few others serve it, and says so', () => {
    const { network, servers } = new Bench(2);
    servers[0].failure = 'connection refused';
    network.run(20_000);
    servers[1].failure = 'connection refused';
    network.run(20_000);
    const bench = servers.map(({ controller }) => controller.vips.stateOf(VIP));
    assert.deepEqual(bench, ['last-resort', 'last-resort', 'serving']);
    assert.deepEqual(servers[0].events('vip-guard'), ['web true 1 2']);
    servers[1].failure = undefined;
    network.run(20_000);
    assert.equal(servers[0].controller.vips.stateOf(VIP), 'failed');
    assert.deepEqual(servers[0].events('vip-guard'), ['web true 1 2', 'web false 2 2']);
  });

  it('comes back as a last resort when those who served it are lost', () => {
    const { network, servers } = new Bench(1);
    servers[0].failure = 'connection refused';
    network.runUntil(() => servers[0].controller.vips.stateOf(VIP) === 'failed');
    network.run(10_000);
    servers[1].alive = false;
    network.runUntil(() => servers[0].controller.vips.stateOf(VIP) === 'last-resort', 10_000);
    assert.deepEqual(servers[0].events('vip-guard'), ['web true 0 1']);
  });

  it('is not withdrawn by anybody when the checks of all fail at once', () => {
    const bench = new Bench(1);
    for (const server of bench.servers) server.failure = 'the database is away';
    bench.network.runUntil(() => !bench.states.includes('serving'));
    const endMs = bench.network.nowMs + 60_000;
    while (bench.network.nowMs < endMs) {
      assert.deepEqual(new Set(bench.states), new Set(['last-resort']));
      bench.network.run(100);
    }
  });

  it('is withdrawn where it is not asked for, and by whoever has another server', () => {
    const bench = new Bench(0);
    for (const server of bench.servers) server.failure = 'the database is away';
    bench.network.run(20_000);
    assert.deepEqual(new Set(bench.states), new Set(['failed']));
  });

  it('that was never in service is not put there', () => {
    const network = new ControllerNetwork();
    const server = network.add('s1', config(1, 1));
    server.failure = 'connection refused';
    server.start();
    network.run(60_000);
    assert.equal(server.controller.vips.stateOf(VIP), 'checking');
  });
});
