import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';
import { SimulatedStore } from '../support/simulated-store.js';

function config(id: number, more = ''): string {
  return `router-id: 10.0.0.${id}
links:
  - { name: eth1, address: 1.1.1.${id}/8 }
etcd: { endpoints: ["http://127.0.0.1:2379"], validity: 600 }
vips:
  - { name: db, address: 3.3.3.3, mode: exclusive${more} }
`;
}

const stateOf = ({ controller }: TestRouter) => controller.vips.views()[0]?.state;

class Bench {
  readonly network = new ControllerNetwork();
  readonly store = new SimulatedStore();
  readonly first: TestRouter;
  readonly second: TestRouter;

  constructor(more = '') {
    this.first = this.network.add('first', config(1, more));
    this.second = this.network.add('second', config(2));
    this.first.store = this.store;
    this.second.store = this.store;
    this.first.start();
    this.network.run(3000);
    assert.equal(stateOf(this.first), 'serving');
    this.second.start();
    this.network.run(3000);
  }
}

describe('an exclusive VIP', () => {
  it('is served by one router, and the other knows whose it is', async () => {
    const { first, second } = new Bench();
    assert.deepEqual([stateOf(first), stateOf(second)], ['serving', 'waiting']);
    assert.deepEqual(second.history, []);
    const [row] = (await new ControlApi(second.controller).call('vips', {})) as readonly object[];
    assert.equal((row as { owner: string }).owner, '10.0.0.1');
    assert.deepEqual(first.fib.get('3.3.3.3/32'), [{ kind: 'deliver-leased' }]);
  });

  it('has its lease renewed in the forwarder before it is over', () => {
    const { network, first } = new Bench();
    for (let passed = 0; passed < 2000; passed += 50) {
      network.run(50);
      assert.ok(first.leaseMs > network.nowMs, `${first.leaseMs} at ${network.nowMs}`);
    }
  });

  it('goes down at once when its time is over without the store, and comes to the other router', () => {
    const { network, first, second } = new Bench();
    first.store = undefined;
    network.run(700);
    assert.equal(stateOf(first), 'waiting');
    assert.deepEqual(first.history, ['address', 'delivery', 'no delivery', 'no address']);
    assert.ok(first.leaseMs <= network.nowMs);
    assert.deepEqual(first.events('store-lost'), ['no answer in time']);
    network.run(1000);
    assert.equal(stateOf(second), 'serving');
  });

  it('is given up by a router that stops, and taken by the other at once', () => {
    const { network, first, second } = new Bench();
    first.tell({ type: 'stop' });
    const sinceMs = network.nowMs;
    network.runUntil(() => stateOf(second) === 'serving', 2000);
    assert.ok(network.nowMs - sinceMs < 400, `${network.nowMs - sinceMs} ms`);
    assert.deepEqual(first.history.slice(0, 3), ['address', 'delivery', 'no delivery']);
    assert.ok(first.hasStopped);
  });

  it('does not keep a router that stops while the store cannot be reached', () => {
    const { network, first } = new Bench();
    first.store = undefined;
    first.tell({ type: 'stop' });
    network.run(600);
    assert.ok(first.hasStopped);
  });

  it('with lease-loss: hold is kept until the store says that another has it', () => {
    const { network, first, second } = new Bench(', lease-loss: hold');
    first.store = undefined;
    network.run(3000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['serving', 'serving']);
    assert.deepEqual(first.fib.get('3.3.3.3/32'), [{ kind: 'deliver' }]);
  });

  it('with lease-loss: hold-while-unchallenged is not taken back from a router that is not heard any more', () => {
    const network = new ControllerNetwork();
    const store = new SimulatedStore();
    const ospf = 'ospf: { interfaces: [{ link: eth1, type: point-to-point, hello-interval: 1, dead-interval: 4 }] }\n';
    const [first, second] = [1, 2].map((id) => {
      const router = network.add(`r${id}`, `${config(id, ', lease-loss: hold-while-unchallenged')}${ospf}`);
      router.store = store;
      return router;
    }) as [TestRouter, TestRouter];
    network.wire('r1:eth1', 'r2:eth1');
    first.start();
    network.run(10_000);
    assert.equal(stateOf(first), 'serving');
    second.start();
    network.run(10_000);
    first.store = undefined;
    network.runUntil(() => stateOf(first) === 'waiting', 20_000);
    assert.equal(stateOf(second), 'serving');
    for (const router of [first, second]) router.setLink('eth1', false);
    network.run(20_000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['waiting', 'serving']);
  });

  it('is given up by a router that drains it, in good order, and taken by the other', () => {
    const { network, first, second } = new Bench();
    first.controller.drain('db', 0, network.nowMs);
    network.run(1000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['draining', 'waiting']);
    network.run(20_000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['released', 'serving']);
  });

  it('is given up by a router whose check fails', () => {
    const { network, first, second } = new Bench(', checks: [{ process: db, fall: 1 }]');
    first.failure = 'no process';
    network.run(3000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['waiting', 'serving']);
  });
});
