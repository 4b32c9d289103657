import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { LEAVE_MS } from '../../src/vip/lifecycle.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';
import { SimulatedStore } from '../support/simulated-store.js';

const VIP = '3.3.3.3/32';

type Kind = 'etcd' | 'rank';

interface Settings {
  readonly kind?: Kind;
  readonly vip?: string;
  readonly second?: string;
}

function config(id: number, kind: Kind, vip: string): string {
  const etcd = kind === 'etcd' ? 'etcd: { endpoints: ["http://127.0.0.1:2379"], validity: 600 }\n' : '';
  return `router-id: 10.0.0.${id}
name: server${id}
links:
  - { name: eth1, address: 1.1.1.${id}/30 }
ospf: { interfaces: [{ link: eth1, type: point-to-point, hello-interval: 1, dead-interval: 4 }] }
${etcd}vips:
  - { name: db, address: 3.3.3.3, mode: exclusive${vip} }
  - { name: www, address: 4.4.4.4, mode: anycast }
`;
}

const stateOf = ({ controller }: TestRouter) => controller.vips.views()[0]?.state;
const pathOf = (router: TestRouter, prefix = VIP) => router.fib.get(prefix)?.[0];

/** Two servers on a wire. The first one has the VIP. */
class Bench {
  readonly network = new ControllerNetwork();
  readonly store = new SimulatedStore();
  readonly first: TestRouter;
  readonly second: TestRouter;

  constructor({ kind = 'rank', vip = '', second = vip }: Settings = {}) {
    this.first = this.network.add('first', config(1, kind, `${vip}, rank: 200`));
    this.second = this.network.add('second', config(2, kind, second));
    this.network.wire('first:eth1', 'second:eth1');
    for (const router of [this.first, this.second]) {
      router.store = this.store;
      router.start();
    }
    this.network.run(30_000);
  }

  move(to = 'server2', limitMs = 600_000): void {
    this.first.controller.move('db', to, limitMs, this.network.nowMs);
  }

  get phase(): string | undefined {
    return this.first.controller.moves.view(0x03030303)?.phase;
  }

  until(condition: () => boolean, limitMs = 20_000): void {
    this.network.runUntil(condition, limitMs);
  }
}

for (const kind of ['rank', 'etcd'] as const) {
  describe(`a move (${kind})`, () => {
    it('begins at the owner, and leaves the other one waiting', () => {
      const { first, second } = new Bench({ kind });
      assert.deepEqual([stateOf(first), stateOf(second)], ['serving', 'waiting']);
      assert.deepEqual(second.history, [], 'not even for a moment');
      assert.deepEqual([first.carriers, second.carriers], [[0x0a000002], [0x0a000001]]);
    });

    it('carries the connections that are open, and ends when they have ended', async () => {
      const bench = new Bench({ kind });
      const { network, first, second } = bench;
      const leased = kind === 'etcd';
      first.connections = 3;
      bench.move();
      bench.until(() => stateOf(second) === 'ready');
      assert.equal(stateOf(first), 'serving');
      assert.deepEqual(pathOf(second), { kind: 'carry', flows: 'unknown', to: 0x0a000001, leased });
      bench.until(() => stateOf(second) === 'serving' && bench.phase === 'moving');
      network.run(10);
      assert.deepEqual(pathOf(first), { kind: 'carry', flows: 'new', to: 0x0a000002, leased });
      network.run(100_000);
      assert.deepEqual([bench.phase, stateOf(first), stateOf(second)], ['moving', 'withdrawn', 'serving']);
      assert.equal(pathOf(second)?.kind, 'carry');
      const rows = (await new ControlApi(first.controller).call('vips', {})) as readonly { move: object }[];
      assert.deepEqual(rows[0].move, { to: 'server2', phase: 'moving', reason: null });
      first.connections = 0;
      bench.until(() => bench.phase === 'done');
      network.run(10_000);
      assert.equal(stateOf(first), 'waiting');
      assert.equal(pathOf(first)?.kind, 'neighbor');
      assert.equal(pathOf(second)?.kind, leased ? 'deliver-leased' : 'deliver');
      assert.deepEqual(first.history, ['address', 'delivery', 'delivery', 'no address']);
    });

    it('is not withdrawn by the old owner before the new one is told of', () => {
      const bench = new Bench({ kind });
      const { network, first, second } = bench;
      bench.move();
      while (first.controller.vips.advertisedCost(0x03030303) === 0) {
        assert.ok(network.nowMs < 100_000);
        network.run(1);
      }
      assert.ok(second.controller.ospf.hasTold(0x03030303, 0));
    });

    it('is none when the VIP leaves the configuration: it is never at both', () => {
      const { network, first, second } = new Bench({ kind });
      first.edit(config(1, kind, '').replace(/ +- \{ name: db.*\n/, ''));
      first.controller.reload(() => {});
      for (const endMs = network.nowMs + 30_000; network.nowMs < endMs; network.run(5)) {
        const deliver = [first, second].filter((router) => String(pathOf(router)?.kind).startsWith('deliver'));
        assert.ok(deliver.length <= 1, `at ${network.nowMs}`);
      }
      assert.equal(stateOf(second), 'serving');
      assert.equal(first.history.at(-1), 'no address');
    });

    it('ends at its limit, whatever is open', () => {
      const bench = new Bench({ kind });
      bench.first.connections = 1;
      bench.move('10.0.0.2', 30_000);
      bench.network.run(29_000);
      assert.equal(bench.phase, 'moving');
      bench.network.run(2000);
      assert.deepEqual([bench.phase, stateOf(bench.first), stateOf(bench.second)], ['done', 'waiting', 'serving']);
    });

    it('goes back the same way', () => {
      const bench = new Bench({ kind });
      bench.move();
      bench.until(() => bench.phase === 'done');
      bench.network.run(20_000);
      bench.second.controller.move('db', 'server1', 60_000, bench.network.nowMs);
      bench.until(() => stateOf(bench.first) === 'serving');
      bench.network.run(20_000);
      assert.deepEqual([stateOf(bench.first), stateOf(bench.second)], ['serving', 'waiting']);
    });

    it('to a router that is lost on the way fails, and the VIP stays where it is', () => {
      const bench = new Bench({ kind });
      bench.move();
      bench.second.alive = false;
      bench.until(() => bench.phase === 'failed');
      assert.match(bench.first.controller.moves.view(0x03030303)?.reason ?? '', /cannot be reached|in time/);
      assert.equal(stateOf(bench.first), 'serving');
      assert.equal(pathOf(bench.first)?.kind, kind === 'etcd' ? 'deliver-leased' : 'deliver');
    });

    it('whose new owner is lost comes back', () => {
      const bench = new Bench({ kind });
      bench.first.connections = 1;
      bench.move();
      bench.until(() => bench.phase === 'moving' && stateOf(bench.second) === 'serving');
      bench.second.alive = false;
      bench.until(() => bench.phase === 'failed');
      bench.network.run(1000);
      assert.equal(stateOf(bench.first), 'serving');
      assert.ok(!bench.first.history.includes('no delivery'));
    });

    it('whose old owner is lost leaves the VIP with the new one, which carries no more', () => {
      const bench = new Bench({ kind });
      bench.first.connections = 1;
      bench.move();
      bench.until(() => bench.phase === 'moving' && stateOf(bench.second) === 'serving');
      bench.first.alive = false;
      bench.until(() => pathOf(bench.second)?.kind.startsWith('deliver') === true);
      assert.equal(stateOf(bench.second), 'serving');
    });
  });
}

describe('a move is refused', () => {
  const refused = (bench: Bench, to: string, message: RegExp, name = 'db') => {
    const before = [stateOf(bench.first), stateOf(bench.second)];
    assert.throws(() => bench.first.controller.move(name, to, 1000, bench.network.nowMs), message);
    bench.network.run(10_000);
    assert.deepEqual([stateOf(bench.first), stateOf(bench.second)], before);
  };

  it('to a router that is not there, and to itself', () => {
    refused(new Bench(), 'server3', /no router server3 is heard of .* expected one of: server2/);
    refused(new Bench(), 'server1', /is this router/);
    refused(new Bench(), '10.0.0.1', /is this router/);
  });

  it('to one that does not know the VIP', () => {
    const bench = new Bench();
    bench.second.edit(config(2, 'rank', '').replace(/ {2}- \{ name: db.*\n/, ''));
    bench.second.controller.reload(() => {});
    bench.network.run(20_000);
    refused(bench, 'server2', /no router server2 is heard of that has VIP db/);
  });

  it('to one that is not fit', () => {
    const bench = new Bench({ second: ', checks: [{ process: db }]' });
    bench.second.failure = 'no process';
    bench.network.run(20_000);
    refused(bench, 'server2', /server2 cannot serve VIP db now/);
  });

  it('to one that is lost', () => {
    const bench = new Bench();
    bench.second.alive = false;
    bench.network.run(10_000);
    refused(bench, 'server2', /there is no way to server2/);
  });

  it('while another one goes on', () => {
    const bench = new Bench();
    bench.first.connections = 1;
    bench.move();
    assert.throws(() => bench.move(), /is being moved to server2 already/);
    bench.until(() => stateOf(bench.second) === 'serving');
    bench.network.run(5000);
    const { nowMs } = bench.network;
    assert.throws(() => bench.second.controller.move('db', 'server1', 1000, nowMs), /still live on server1/);
    assert.equal(stateOf(bench.second), 'serving');
  });

  it('where the VIP is not', () => {
    const bench = new Bench();
    const { nowMs } = bench.network;
    const move = (name: string) => bench.second.controller.move(name, 'server1', 1000, nowMs);
    assert.throws(() => move('db'), /not in service here \(waiting\); server1 has it/);
    assert.throws(() => move('www'), /is anycast, expected an exclusive one/);
    assert.throws(() => move('mail'), /no VIP "mail" here/);
  });

  it('without the name of a router', async () => {
    const api = new ControlApi(new Bench().first.controller);
    await assert.rejects(api.call('vip-move', { name: 'db', limitSeconds: 1 }), /expected the name or router ID/);
  });
});

describe('a drained anycast VIP', () => {
  it('has its connections carried by the others until they end', () => {
    const { network, first, second } = new Bench();
    first.connections = 1;
    first.controller.drain('www', 60_000, network.nowMs);
    network.run(5000);
    assert.deepEqual(pathOf(second, '4.4.4.4/32'), { kind: 'carry', flows: 'unknown', to: 0x0a000001, leased: false });
    first.connections = 0;
    network.run(30_000);
    assert.deepEqual(pathOf(second, '4.4.4.4/32'), { kind: 'deliver' });
  });
});

describe('a VIP that two routers serve', () => {
  const events = (bench: Bench) => [bench.first, bench.second].map((router) => router.events('vip-duplicate'));

  it('is an event at both where it is static, and none where it is anycast', () => {
    const bench = new Bench();
    assert.deepEqual(events(bench), [[], []]);
    for (const [index, router] of [bench.first, bench.second].entries()) {
      router.edit(config(index + 1, 'rank', '').replace('mode: anycast', 'mode: static'));
      router.controller.reload(() => {});
    }
    bench.network.run(20_000);
    // One of them was told of the change before the other had made it.
    const [[at1 = ''], [at2 = '']] = events(bench);
    assert.match(at1, /^www static server2/);
    assert.match(at2, /^www static server1/);
  });

  it('is left to one of them when routers that did not hear each other do so again', () => {
    const bench = new Bench();
    const { network, first, second } = bench;
    for (const router of [first, second]) router.setLink('eth1', false);
    network.run(20_000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['serving', 'serving']);
    for (const router of [first, second]) router.setLink('eth1', true);
    network.run(20_000);
    assert.deepEqual([stateOf(first), stateOf(second)], ['waiting', 'serving'], 'the later epoch has it');
    assert.deepEqual(first.events('vip-lost'), ['db server2 2']);
  });
});

describe('maintenance', () => {
  const switchTo = (bench: Bench, on: boolean) => {
    let failure: string | undefined = 'not answered';
    bench.first.controller.setMaintenance(on, (reason) => {
      failure = reason;
    });
    bench.network.run(100);
    assert.equal(failure, undefined);
  };
  const anycastStateOf = ({ controller }: TestRouter) => controller.vips.stateOf(0x04040404);

  it('moves exclusive VIPs away with their connections, and leaves the others as a last resort', () => {
    const bench = new Bench();
    const { network, first, second } = bench;
    first.connections = 1;
    switchTo(bench, true);
    network.run(LEAVE_MS - 200);
    assert.equal(anycastStateOf(first), 'serving');
    assert.equal(pathOf(second, '4.4.4.4/32')?.kind, 'carry', 'the other knows before a router on the way does');
    network.run(200);
    assert.equal(anycastStateOf(first), 'last-resort');
    bench.until(() => stateOf(second) === 'serving');
    network.run(10_000);
    assert.deepEqual([bench.phase, stateOf(first)], ['moving', 'withdrawn']);
    assert.deepEqual(pathOf(second, '4.4.4.4/32'), { kind: 'carry', flows: 'unknown', to: 0x0a000001, leased: false });
    first.connections = 0;
    network.run(30_000);
    assert.equal(stateOf(first), 'waiting');
  });

  it('has its connections carried for a minute, not for as long as it takes', () => {
    const bench = new Bench();
    switchTo(bench, true);
    bench.network.run(50_000);
    assert.equal(pathOf(bench.second, '4.4.4.4/32')?.kind, 'carry');
    bench.network.run(20_000);
    assert.equal(anycastStateOf(bench.first), 'last-resort');
    assert.equal(pathOf(bench.second, '4.4.4.4/32')?.kind, 'deliver');
  });

  it('tries again what was not moved before', () => {
    const bench = new Bench({ second: ', checks: [{ process: db }]' });
    const { network, first, second } = bench;
    second.failure = undefined;
    network.run(10_000);
    bench.move();
    second.failure = 'no process';
    bench.until(() => bench.phase === 'failed', 30_000);
    assert.equal(stateOf(first), 'serving');
    switchTo(bench, true);
    second.failure = undefined;
    bench.until(() => stateOf(second) === 'serving', 60_000);
  });

  it('goes on after a restart, and ends when it is ended', () => {
    const bench = new Bench();
    const { network, first, second } = bench;
    switchTo(bench, true);
    network.run(30_000);
    first.crash(100);
    network.run(60_000);
    assert.equal(first.controller.isInMaintenance, true);
    assert.deepEqual([stateOf(first), anycastStateOf(first)], ['waiting', 'last-resort']);
    switchTo(bench, false);
    network.run(10_000);
    assert.deepEqual([stateOf(first), stateOf(second), anycastStateOf(first)], ['waiting', 'serving', 'serving']);
  });

  it('still serves what nobody else could', () => {
    const bench = new Bench({ second: ', checks: [{ process: db }]' });
    const { network, first, second } = bench;
    second.failure = 'no process';
    network.run(20_000);
    switchTo(bench, true);
    network.run(20_000);
    assert.deepEqual([stateOf(first), bench.phase], ['serving', undefined]);
    second.failure = undefined;
    bench.until(() => stateOf(second) === 'serving', 30_000);
    second.alive = false;
    bench.until(() => stateOf(first) === 'serving', 60_000);
  });
});
