import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import type { ReloadOutcome } from '../../src/controller/configuration.js';
import { PLAIN_POLICY } from '../../src/forward/link-policy.js';
import type { Path } from '../../src/forward/messages.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

const CONFIG = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8, mtu: 1400, io: xdp }
  - { name: eth2, address: 2.2.2.1/8 }
routes:
  - { prefix: 10.9.0.0/16, via: [1.0.0.2, 2.0.0.2] }
  - { prefix: 10.8.0.0/16, blackhole: true }
vips:
  - { name: web, address: 3.3.3.3 }
`;

const ONE_LINK = CONFIG.replace('  - { name: eth2, address: 2.2.2.1/8 }\n', '').replace(
  '[1.0.0.2, 2.0.0.2]',
  '1.0.0.2',
);

function started(config = CONFIG): { network: ControllerNetwork; router: TestRouter } {
  const network = new ControllerNetwork();
  const router = network.add('r1', config);
  router.start();
  network.run(100);
  return { network, router };
}

function reload(network: ControllerNetwork, router: TestRouter, config: string): ReloadOutcome | undefined {
  let outcome: ReloadOutcome | undefined;
  router.edit(config);
  router.sent = [];
  router.controller.reload((result) => {
    outcome = result;
  });
  network.run(100);
  return outcome;
}

const neighbor = (link: string, via: number): Path => ({ kind: 'neighbor', link, via });

describe('a router without OSPF', () => {
  it('introduces itself, and then asks for its virtual link, routes and links', () => {
    const { router } = started();
    assert.deepEqual(router.sent[0], { type: 'hello', pid: 1 });
    const links = router.sent.find((message) => message.type === 'links');
    assert.deepEqual(links, {
      type: 'links',
      links: [
        {
          name: 'eth1',
          io: 'xdp',
          addresses: [{ address: 0x01010101, prefixLength: 8 }],
          mtu: 1400,
          coalesce: 'none',
          policy: PLAIN_POLICY,
        },
        {
          name: 'eth2',
          io: 'auto',
          addresses: [{ address: 0x02020201, prefixLength: 8 }],
          mtu: undefined,
          coalesce: 'none',
          policy: PLAIN_POLICY,
        },
      ],
    });
    assert.equal(router.sent.filter((message) => message.type === 'links').length, 1);
    assert.deepEqual(router.tun, [0x0a000001, 0x01010101, 0x02020201, 0x03030303]);
  });

  it('has routes for its own addresses, the subnets, what is configured, and its VIPs', () => {
    const { router } = started();
    assert.deepEqual([...router.fib].sort(), [
      ['1.0.0.0/8', [{ kind: 'connected', link: 'eth1' }]],
      ['1.1.1.1/32', [{ kind: 'local' }]],
      ['10.0.0.1/32', [{ kind: 'local' }]],
      ['10.8.0.0/16', [{ kind: 'blackhole' }]],
      ['10.9.0.0/16', [neighbor('eth1', 0x01000002), neighbor('eth2', 0x02000002)]],
      ['2.0.0.0/8', [{ kind: 'connected', link: 'eth2' }]],
      ['2.2.2.1/32', [{ kind: 'local' }]],
      ['3.3.3.3/32', [{ kind: 'deliver' }]],
    ]);
    assert.equal(router.sent.filter((message) => message.type === 'routes-complete').length, 1);
    assert.equal(router.sent.at(-1)?.type, 'routes-complete');
  });

  it('takes the address of a VIP first, then delivers to it', () => {
    const { router } = started();
    assert.deepEqual(router.history, ['address', 'delivery']);
    assert.deepEqual(router.events('vip-state'), [
      'web 3.3.3.3 waiting adding-address',
      'web 3.3.3.3 adding-address programming',
      'web 3.3.3.3 programming serving',
    ]);
  });

  it('does not serve a VIP whose route the forwarder refuses, and asks for it again when room is made', () => {
    const network = new ControllerNetwork();
    const router = network.add('r1', CONFIG);
    router.full.add('3.3.3.3/32');
    router.start();
    network.run(100);
    assert.equal(router.events('vip-state').at(-1), 'web 3.3.3.3 adding-address programming');
    router.full.clear();
    reload(network, router, CONFIG.replace('  - { prefix: 10.8.0.0/16, blackhole: true }\n', ''));
    assert.deepEqual(router.fib.get('3.3.3.3/32'), [{ kind: 'deliver' }]);
    assert.equal(router.events('vip-state').at(-1), 'web 3.3.3.3 programming serving');
  });

  it('keeps its own addresses, but not the subnet and the paths, when a link goes down', () => {
    const { network, router } = started();
    router.setLink('eth1', false);
    network.run(100);
    assert.equal(router.fib.has('1.0.0.0/8'), false);
    assert.deepEqual(router.fib.get('1.1.1.1/32'), [{ kind: 'local' }]);
    assert.deepEqual(router.fib.get('10.9.0.0/16'), [neighbor('eth2', 0x02000002)]);
    assert.deepEqual(router.tun, [0x0a000001, 0x01010101, 0x02020201, 0x03030303]);
    router.setLink('eth2', false);
    network.run(100);
    assert.equal(router.fib.has('10.9.0.0/16'), false);
    router.setLink('eth1', true);
    network.run(100);
    assert.deepEqual(router.fib.get('10.9.0.0/16'), [neighbor('eth1', 0x01000002)]);
    assert.deepEqual(router.events('link-down'), ['eth1 no carrier', 'eth2 no carrier']);
  });
});

it('a refusal that the forwarder has told is not told again as a link that is down', () => {
  const { network, router } = started(CONFIG.replace('eth2', 'eth9'));
  const state = { type: 'link', name: 'eth9', present: true, up: false, ifindex: 9, mtu: 0, mac: '' } as const;
  const detail = { link: 'eth9', reason: 'link eth9 has no Ethernet frames' };
  router.setLink('eth9', false);
  const before = router.events('link-down').length;
  router.tell({ type: 'event', event: { atMs: network.nowMs, name: 'link-refused', detail } });
  router.setLink('eth9', true);
  router.setLink('eth9', false);
  assert.equal(router.events('link-down').length, before + 1);
  router.tell({ ...state, reason: detail.reason });
  assert.equal(router.events('link-down').length, before + 1);
  assert.equal(router.events('link-refused').length, 1);
});

describe('reload', () => {
  it('sends nothing when nothing has changed', () => {
    const { network, router } = started();
    assert.deepEqual(reload(network, router, `# a comment\n${CONFIG}`), { applied: true, changed: [] });
    assert.deepEqual(router.sent, [{ type: 'read-config' }]);
  });

  it('sends only what differs, and takes routes from a link before the link goes', () => {
    const { network, router } = started();
    assert.deepEqual(reload(network, router, ONE_LINK), { applied: true, changed: ['links', 'routes'] });
    assert.deepEqual(
      router.sent.map((message) => message.type),
      ['read-config', 'virtual-link', 'routes', 'links'],
    );
    const routes = router.sent.find((message) => message.type === 'routes');
    assert.deepEqual(routes, {
      type: 'routes',
      sequence: routes?.sequence,
      upsert: [
        {
          prefix: { address: 0x0a090000, length: 16 },
          paths: [neighbor('eth1', 0x01000002)],
          repair: undefined,
        },
      ],
      remove: [
        { address: 0x02020201, length: 32 },
        { address: 0x02000000, length: 8 },
      ],
    });
    assert.equal(router.controller.links.states.get('eth2'), undefined);
  });

  it('that is bad changes nothing, and says why with the place', () => {
    const { network, router } = started();
    const before = [...router.fib];
    assert.deepEqual(reload(network, router, CONFIG.replace('mtu: 1400', 'mut: 1400')), {
      applied: false,
      code: 'CONFIG',
      problems: 'r.yaml:3:39: unknown key "mut" in links[0], expected "mtu"',
    });
    assert.deepEqual(router.sent, [{ type: 'read-config' }]);
    assert.deepEqual([...router.fib], before);
    assert.deepEqual(router.events('config-rejected'), [
      'r.yaml r.yaml:3:39: unknown key "mut" in links[0], expected "mtu"',
    ]);
    assert.deepEqual(reload(network, router, CONFIG), { applied: true, changed: [] });
  });

  it('must not change what others know the router by', () => {
    const { network, router } = started();
    assert.deepEqual(reload(network, router, CONFIG.replace('10.0.0.1', '10.0.0.2')), {
      applied: false,
      code: 'CONFIG',
      problems:
        'r.yaml:1:12: router-id differs from that of the running router, expected no change (restart to change it)',
    });
  });

  it('of a file that cannot be read fails at once, with the reason', async () => {
    const { router } = started();
    const reloading = new ControlApi(router.controller).call('reload', {});
    router.tell({ type: 'config-unreadable', configPath: 'r.yaml', reason: 'no such file' });
    await assert.rejects(reloading, { code: 'CONFIG_UNREADABLE', message: 'cannot read r.yaml: no such file' });
  });

  it('releases a VIP that is gone: drained, withdrawn, not delivered, no address', () => {
    const { network, router } = started();
    reload(network, router, CONFIG.slice(0, CONFIG.indexOf('vips:')));
    assert.deepEqual(router.fib.get('3.3.3.3/32'), [{ kind: 'deliver' }]);
    network.run(15_000);
    assert.deepEqual(router.history, ['address', 'delivery', 'no delivery', 'no address']);
    assert.deepEqual(router.events('vip-state').slice(3), [
      'web 3.3.3.3 serving draining',
      'web 3.3.3.3 draining withdrawn',
      'web 3.3.3.3 withdrawn unprogramming',
      'web 3.3.3.3 unprogramming removing-address',
      'web 3.3.3.3 removing-address released',
    ]);
    assert.deepEqual(router.controller.vips.views(), []);
  });
});

describe('a controller that comes after one that died', () => {
  it('finds everything as it was, and changes nothing on the way', () => {
    const { network, router } = started();
    const before = [...router.fib].sort();
    router.crash(300);
    network.run(1000);
    assert.equal(router.controller.restarts, 1);
    assert.deepEqual([...router.fib].sort(), before);
    assert.deepEqual(router.history, ['address', 'delivery', 'delivery']);
    assert.ok(router.sent.every((message) => message.type !== 'routes' || message.remove.length === 0));
    assert.equal(router.sent.at(-1)?.type, 'routes-complete');
  });

  it('does not ask for what is configured no longer, and has it swept', () => {
    const { network, router } = started();
    router.edit(CONFIG.replace('  - { prefix: 10.8.0.0/16, blackhole: true }\n', ''));
    router.crash(300);
    network.runUntil(() => !router.fib.has('10.8.0.0/16'));
    assert.equal(router.fib.size, 7);
  });
});

describe('a controller', () => {
  it('asks the forwarder, and gets its answer or forgets', () => {
    const { network, router } = started();
    const answers: unknown[] = [];
    router.controller.query({ what: 'drops' }, (data) => answers.push(data));
    const forgotten = router.controller.query({ what: 'links' }, (data) => answers.push(data));
    router.controller.forget(forgotten);
    network.run(10);
    assert.deepEqual(answers, [[]]);
  });

  it('says that it has stopped, and then nothing more', () => {
    const { network, router } = started();
    router.sent = [];
    router.tell({ type: 'stop' });
    router.setLink('eth1', false);
    network.run(1000);
    assert.deepEqual(router.sent, [{ type: 'stopped' }]);
    assert.equal(router.timeoutMs, undefined);
  });

  it('with a bad configuration at the start does nothing until it gets a good one', () => {
    const { network, router } = started('router-id: x\n');
    assert.deepEqual(router.sent, [{ type: 'hello', pid: 1 }]);
    assert.deepEqual(reload(network, router, CONFIG), {
      applied: true,
      changed: ['virtual-link', 'links', 'routes', 'ospf', 'vips'],
    });
    assert.deepEqual(router.history, ['address', 'delivery']);
  });

  it('keeps the last thousand events', () => {
    const { router } = started();
    for (let n = 0; n < 1200; n++) router.tell({ type: 'event', event: { atMs: n, name: 'tick', detail: { n } } });
    const events = router.controller.events.recent();
    assert.equal(events.length, 1000);
    assert.deepEqual(events.at(-1)?.detail, { n: 1199 });
    assert.equal(events.at(-1)?.origin, 'forwarder');
  });
});
