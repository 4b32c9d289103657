import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

function config(more = ''): string {
  return `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
vips:
  - { name: web, address: 3.3.3.3, checks: [{ tcp: 127.0.0.1:80 }]${more} }
`;
}

function started(failure: string | undefined, text = config()): { network: ControllerNetwork; router: TestRouter } {
  const network = new ControllerNetwork();
  const router = network.add('r1', text);
  router.failure = failure;
  router.start();
  network.run(5000);
  return { network, router };
}

const stateOf = ({ controller }: TestRouter) => controller.vips.views()[0]?.state;

describe('a VIP with a check', () => {
  it('is claimed when its check passes: with its address at first, and its route only then', () => {
    const { network, router } = started('connection refused');
    assert.equal(stateOf(router), 'checking');
    assert.deepEqual(router.history, ['address']);
    router.failure = undefined;
    network.run(3000);
    assert.equal(stateOf(router), 'serving');
    assert.deepEqual(router.history, ['address', 'delivery']);
    assert.deepEqual(router.events('vip-check'), ['web tcp 127.0.0.1:80 true']);
  });

  it('is advertised no more after three failures, is delivered still, and comes back', async () => {
    const { network, router } = started(undefined);
    assert.equal(stateOf(router), 'serving');
    router.failure = 'connection refused';
    network.run(4000);
    assert.equal(stateOf(router), 'failed');
    assert.deepEqual(router.controller.vips.advertised(), []);
    assert.deepEqual(router.history, ['address', 'delivery']);
    const api = new ControlApi(router.controller);
    assert.deepEqual(await api.call('health', {}), [
      { vip: 'web', check: 'tcp 127.0.0.1:80', health: 'down', reason: 'connection refused' },
    ]);
    const [row] = (await api.call('vips', {})) as readonly { readonly health: string; readonly reason: string }[];
    assert.deepEqual([row.health, row.reason], ['down', 'for its checks to pass']);
    router.failure = undefined;
    network.run(5000);
    assert.equal(stateOf(router), 'serving');
  });

  it('is a last resort instead, if it is configured so', () => {
    const { network, router } = started(undefined, config(', unhealthy: drain'));
    router.failure = 'connection refused';
    network.run(4000);
    assert.equal(stateOf(router), 'last-resort');
    assert.deepEqual(router.controller.vips.advertised(), [{ address: 0x03030303, cost: 65535 }]);
  });

  it('that has failed leaves the configuration without draining', () => {
    const { network, router } = started(undefined);
    router.failure = 'connection refused';
    network.run(4000);
    router.edit(config().replace(/vips:.*/s, ''));
    router.controller.reload(() => {});
    network.run(100);
    assert.equal(stateOf(router), 'withdrawn');
  });

  it('keeps what is known of a check that stays', () => {
    const { network, router } = started(undefined);
    router.failure = 'connection refused';
    router.edit(config(', cost: 7'));
    router.controller.reload(() => {});
    network.run(500);
    assert.equal(stateOf(router), 'serving');
  });

  it('stays in service when a check changes or is new, until that has failed', () => {
    const { network, router } = started(undefined);
    const checks = 'checks: [{ tcp: 127.0.0.1:80, interval: 500 }, { process: web }]';
    router.edit(config().replace(/checks: \[.*\]/, checks));
    router.controller.reload(() => {});
    network.run(10);
    assert.equal(stateOf(router), 'serving');
    router.failure = 'no process';
    network.run(5000);
    assert.equal(stateOf(router), 'failed');
    router.edit(config().replace(/checks: \[.*\]/, checks.replace('500', '700')));
    router.controller.reload(() => {});
    network.run(10);
    assert.equal(stateOf(router), 'failed');
  });

  it('stays in service when another controller takes over, until its checks have failed there', () => {
    const { network, router } = started(undefined);
    router.failure = 'connection refused';
    router.crash(10);
    network.run(500);
    assert.equal(stateOf(router), 'serving');
    network.run(5000);
    assert.equal(stateOf(router), 'failed');
    assert.equal(router.history.includes('no delivery'), false);
  });
});
