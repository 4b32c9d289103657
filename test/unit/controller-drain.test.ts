import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

const CONFIG = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
vips:
  - { name: web, address: 3.3.3.3 }
`;

interface Row {
  readonly state: string;
  readonly drained: boolean;
  readonly openConnections: number | null;
  readonly reason: string | null;
}

class Bench {
  readonly network = new ControllerNetwork();
  readonly router: TestRouter;

  constructor(connections: number | null) {
    this.router = this.network.add('r1', CONFIG);
    this.router.start();
    this.router.connections = connections;
    this.network.run(100);
    assert.equal(this.state, 'serving');
  }

  drain(limitMs: number): void {
    this.router.controller.drain('web', limitMs, this.network.nowMs);
  }

  get state(): string | undefined {
    return this.router.controller.vips.views()[0]?.state;
  }

  async row(): Promise<Row> {
    const rows = (await new ControlApi(this.router.controller).call('vips', {})) as readonly Row[];
    return rows[0];
  }
}

describe('a VIP that is drained', () => {
  it('stays while connections are open, and goes two seconds after the last one', async () => {
    const bench = new Bench(2);
    bench.drain(600_000);
    bench.network.run(100_000);
    const { state, drained, openConnections } = await bench.row();
    assert.deepEqual([state, drained, openConnections], ['draining', true, 2]);
    bench.router.connections = 0;
    bench.network.run(2100);
    assert.equal(bench.state, 'draining');
    bench.network.run(1000);
    assert.equal(bench.state, 'withdrawn');
    bench.network.run(10_000);
    assert.deepEqual([bench.state, (await bench.row()).reason], ['released', 'drained']);
    assert.deepEqual(bench.router.history.slice(-2), ['no delivery', 'no address']);
    assert.equal(bench.router.timeoutMs, undefined);
  });

  it('waits anew for a connection that comes late', () => {
    const bench = new Bench(0);
    bench.drain(600_000);
    bench.network.run(1400);
    bench.router.connections = 1;
    bench.network.run(10_000);
    assert.equal(bench.state, 'draining');
  });

  it('goes at the limit, whatever is open', () => {
    const bench = new Bench(1);
    bench.drain(30_000);
    bench.network.run(29_000);
    assert.equal(bench.state, 'draining');
    bench.network.run(2000);
    assert.equal(bench.state, 'withdrawn');
  });

  it('goes at the limit where the kernel does not count connections', async () => {
    const bench = new Bench(null);
    bench.drain(30_000);
    bench.network.run(29_000);
    assert.deepEqual([bench.state, (await bench.row()).openConnections], ['draining', null]);
    bench.network.run(2000);
    assert.equal(bench.state, 'withdrawn');
  });

  it('is served again when it is undrained', () => {
    const bench = new Bench(0);
    bench.drain(0);
    bench.network.run(30_000);
    assert.equal(bench.state, 'released');
    bench.router.controller.undrain('web', bench.network.nowMs);
    bench.network.run(100);
    assert.equal(bench.state, 'serving');
    assert.deepEqual(bench.router.events('vip-undrain'), ['web']);
  });
});

describe('what is wrong in an order', () => {
  const call = (method: string, params: { readonly [key: string]: unknown }) => {
    const { router } = new Bench(0);
    return new ControlApi(router.controller).call(method, params);
  };

  it('is a VIP that is not here', async () => {
    await assert.rejects(
      call('vip-drain', { name: 'mail', limitSeconds: 1 }),
      /no VIP "mail" here, expected one of: web/,
    );
    await assert.rejects(call('vip-undrain', { name: 'mail' }), /no VIP "mail" here/);
  });

  it('is a limit that is no number of seconds', async () => {
    for (const limitSeconds of [-1, '5', undefined, Number.NaN]) {
      await assert.rejects(call('vip-drain', { name: 'web', limitSeconds }), /expected a number of seconds/);
    }
    await assert.rejects(call('vip-drain', { limitSeconds: 1 }), /expected the name of a VIP/);
  });
});
