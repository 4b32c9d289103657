import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { neighborViews } from '../../src/api/views.js';
import type { Prefix } from '../../src/base/prefix.js';
import type { Controller } from '../../src/controller/controller.js';
import type { RouteRequest } from '../../src/forward/messages.js';
import { decodeIpv4 } from '../../src/wire/ipv4.js';
import { isMalformed } from '../../src/wire/malformed.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

/*
 *   client ──(c1) router1 (s1)── server    VIP 3.3.3.3
 *      └─────(c2) router2 (s2)─────┘
 */
const SERVER = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
  - { name: eth2, address: 2.2.2.1/8 }
ospf:
  interfaces:
    - { link: eth1, type: point-to-point, hello-interval: 1 }
    - { link: eth2, type: point-to-point, hello-interval: 1, cost: 20 }
vips:
  - { name: web, address: 3.3.3.3, cost: 5 }
`;
const WITHOUT_VIP = SERVER.slice(0, SERVER.indexOf('vips:'));

const router = (n: number) => `router-id: 10.0.0.${10 + n}
links:
  - { name: s${n}, address: ${n}.0.0.1/8 }
  - { name: c${n}, address: 192.168.${n}.1/24 }
ospf:
  mode: router
  interfaces:
    - { link: s${n}, type: point-to-point, hello-interval: 1, cost: ${10 * n} }
    - { link: c${n}, type: point-to-point, hello-interval: 1 }
`;

const CLIENT = `router-id: 10.0.0.2
links:
  - { name: eth1, address: 192.168.1.2/24 }
  - { name: eth2, address: 192.168.2.2/24 }
ospf:
  interfaces:
    - { link: eth1, type: point-to-point, hello-interval: 1 }
    - { link: eth2, type: point-to-point, hello-interval: 1 }
`;

/** Waits for a third neighbor that never comes. */
const WAITING_CLIENT = `${CLIENT}    - { link: eth3, type: point-to-point, hello-interval: 10 }
`.replace('ospf:', '  - { name: eth3, address: 192.168.3.2/24 }\nospf:');

interface Figure {
  readonly network: ControllerNetwork;
  readonly server: TestRouter;
  readonly client: TestRouter;
  readonly router1: TestRouter;
  readonly router2: TestRouter;
}

function figure(edit: (config: string) => string = (config) => config): Figure {
  const network = new ControllerNetwork();
  const routers = {
    server: network.add('server', edit(SERVER)),
    client: network.add('client', edit(CLIENT)),
    router1: network.add('router1', edit(router(1))),
    router2: network.add('router2', edit(router(2))),
  };
  network.wire('server:eth1', 'router1:s1');
  network.wire('server:eth2', 'router2:s2');
  network.wire('client:eth1', 'router1:c1');
  network.wire('client:eth2', 'router2:c2');
  for (const one of Object.values(routers)) one.start();
  return { network, ...routers };
}

const VIP = '3.3.3.3/32';
const isByNeighbor = ({ paths }: RouteRequest) => paths[0]?.kind === 'neighbor';

/** What the present controller has sent of routes that can only come from OSPF, removals included. */
function learntRoutes(router: TestRouter): (RouteRequest | Prefix)[] {
  return router.sent.flatMap((message) =>
    message.type === 'routes' ? [...message.remove, ...message.upsert.filter(isByNeighbor)] : [],
  );
}

function changeCosts(router: TestRouter, config: string, cost: number): void {
  router.edit(config.replace(/(\{ link: .*?)(, cost: \d+)? \}/g, `$1, cost: ${cost} }`));
  router.controller.reload(() => {});
}
const via = (of: TestRouter) => of.fib.get(VIP)?.map((path) => (path.kind === 'neighbor' ? path.link : path.kind));

/** The client reaches the VIP, and nothing has been going on for so long that no router holds a change back. */
function converged(edit?: (config: string) => string): Figure {
  const all = figure(edit);
  all.network.runUntil(() => via(all.client)?.join() === 'eth1');
  all.network.run(30_000);
  return all;
}

describe('a VIP and OSPF', () => {
  it('is claimed only when the LSDB is complete, and advertised only when it can be delivered', () => {
    const { network, server, client } = figure();
    network.runUntil(() => server.events('ospf-converged').length > 0);
    assert.deepEqual(server.history, []);
    assert.equal(server.events('neighbor-state').filter((event) => event.includes('Full')).length, 2);
    network.runUntil(() => server.history.includes('delivery'));
    assert.equal(via(client), undefined);
    network.runUntil(() => via(client)?.join() === 'eth1');
    assert.deepEqual(server.history, ['address', 'delivery']);
    assert.deepEqual(
      server.events('vip-state').map((event) => event.split(' ').at(-1)),
      ['adding-address', 'programming', 'serving'],
    );
    const states = server.controller.events.recent().filter(({ name }) => name === 'interface-state');
    assert.deepEqual(new Set(states.map(({ detail }) => Object.keys(detail).join())), new Set(['link,state']));
    const names = server.controller.events.recent().map(({ name }) => name);
    assert.ok(names.indexOf('ospf-converged') < names.indexOf('vip-state'));
  });

  it('are not fooled by links that take their time to come up', () => {
    const { network, server } = figure();
    server.setLink('eth1', false);
    server.setLink('eth2', false);
    network.run(2000);
    assert.equal(server.controller.isConverged, false);
    server.setLink('eth1', true);
    server.setLink('eth2', true);
    network.runUntil(() => server.controller.isConverged);
    assert.equal(server.events('neighbor-state').filter((event) => event.includes('Full')).length, 2);
  });

  it('do not wait for ever for a link that stays down', () => {
    const { network, server, client } = figure();
    server.setLink('eth1', false);
    network.runUntil(() => via(client)?.join() === 'eth2', 10_000);
    assert.deepEqual(server.history, ['address', 'delivery']);
  });

  it('move to the other path when a link fails, and back', () => {
    const { network, server, client, router1 } = converged();
    server.setLink('eth1', false);
    router1.setLink('s1', false);
    network.runUntil(() => via(client)?.join() === 'eth2', 1000);
    server.setLink('eth1', true);
    router1.setLink('s1', true);
    network.runUntil(() => via(client)?.join() === 'eth1', 20_000);
    assert.deepEqual(server.history, ['address', 'delivery']);
  });

  it('are released in reverse: drained, withdrawn, not delivered, and last the address goes', () => {
    const { network, server, client } = converged();
    const cost = () => client.controller.rib.best({ address: 0x03030303, length: 32 })?.cost ?? 0;
    const costBefore = cost();
    server.edit(WITHOUT_VIP);
    server.controller.reload(() => {});
    network.runUntil(() => cost() > 65_535);
    assert.equal(cost() - costBefore, 65_530);
    const drainedMs = network.nowMs;
    network.runUntil(() => via(client) === undefined);
    assert.ok(network.nowMs - drainedMs < 2500, 'two seconds after the neighbors were told');
    assert.deepEqual(server.history, ['address', 'delivery']);
    network.runUntil(() => server.history.length === 4);
    assert.deepEqual(server.history, ['address', 'delivery', 'no delivery', 'no address']);
    network.runUntil(() => server.controller.vips.views().length === 0);
  });

  it('are acquired and released step by step although another router has the same address', () => {
    const { network, server, client } = converged();
    assert.equal(via(client)?.join(), 'eth1');
    client.edit(`${CLIENT}vips:\n  - { name: web, address: 3.3.3.3 }\n`);
    client.controller.reload(() => {});
    client.sent = [];
    network.runUntil(() => client.controller.vips.advertised().length > 0);
    assert.deepEqual(client.history, ['address', 'delivery']);
    client.edit(CLIENT);
    client.controller.reload(() => {});
    network.runUntil(() => client.controller.vips.views().length === 0);
    assert.equal(via(client)?.join(), 'eth1');
    assert.deepEqual(client.tun, [0x0a000002, 0xc0a80102, 0xc0a80202]);
    assert.deepEqual(server.history, ['address', 'delivery']);
  });

  it('are gone from the network at once when the router is stopped', () => {
    const { network, server, client } = converged();
    server.tell({ type: 'stop' });
    assert.equal(server.sent.at(-1)?.type, 'stopped');
    network.runUntil(() => via(client) === undefined, 1000);
  });
});

describe('a controller that comes after one that died', () => {
  it('on a transit router leaves the network without a gap, and is adjacent again', () => {
    const { network, client, router1, server } = converged();
    const gaps = new Set<number | undefined>();
    router1.crash(500);
    for (let ms = 0; ms < 20_000; ms += 10) {
      network.run(10);
      gaps.add(via(client)?.length);
      assert.ok(router1.fib.has(VIP), `router1 has no route at ${ms} ms`);
    }
    assert.deepEqual([...gaps], [1]);
    assert.equal(via(client)?.join(), 'eth1');
    assert.equal(router1.controller.restarts, 1);
    assert.match(router1.events('self-originated-lsa-received')[0] ?? '', / 1 10\.0\.0\.11 10\.0\.0\.11 0x8000\w{4}$/);
    assert.deepEqual(server.history, ['address', 'delivery']);
  });

  for (const changes of [0, 1, 5]) {
    for (const absenceMs of [100, 9000]) {
      const held = `${changes} changes before and ${absenceMs} ms of absence`;
      it(`leaves its routes alone until OSPF has converged, whatever neighbors hold back: ${held}`, () => {
        const { network, client, router1, server } = converged();
        for (let cost = 11; cost < 11 + changes; cost++) {
          changeCosts(client, CLIENT, cost);
          changeCosts(server, SERVER, cost);
          network.run(1100);
        }
        const before = [...router1.fib].sort();
        router1.crash(absenceMs);
        network.run(absenceMs + 1);
        while (!router1.controller.isConverged) {
          assert.deepEqual(learntRoutes(router1), []);
          assert.deepEqual([...router1.fib].sort(), before);
          network.run(1);
        }
        for (let ms = 0; ms < 10_000; ms++) {
          network.run(1);
          assert.deepEqual([...router1.fib].sort(), before);
        }
        assert.ok(learntRoutes(router1).length > 0);
        assert.equal(router1.sent.filter(({ type }) => type === 'routes-complete').length, 1);
      });
    }
  }

  it('does not wait when a link fails that the old routes may use', () => {
    const { network, client, router1 } = converged();
    client.edit(WAITING_CLIENT);
    client.crash(100);
    network.run(5000);
    assert.equal(via(client)?.join(), 'eth1');
    client.setLink('eth1', false);
    router1.setLink('c1', false);
    network.runUntil(() => via(client)?.join() === 'eth2', 200);
    assert.equal(client.controller.isConverged, false);
  });

  it('does not let the forwarder sweep the old routes before it has sent what it knows', () => {
    const { network, client } = converged();
    client.edit(`${WAITING_CLIENT}controller: { hold-time: 3 }\n`);
    client.crash(100);
    network.run(100 + 2690);
    assert.deepEqual(learntRoutes(client), []);
    network.run(20);
    assert.ok(learntRoutes(client).length > 0);
    assert.equal(via(client)?.join(), 'eth1');
    assert.equal(client.controller.isConverged, false);
  });

  it('goes on to serve what was served, without waiting', () => {
    const { network, server, client } = converged();
    server.crash(300);
    network.run(350);
    network.runUntil(() => via(client) !== undefined, 5000);
    assert.deepEqual(server.tun, [0x0a000001, 0x01010101, 0x02020201, 0x03030303]);
    assert.ok(!server.history.includes('no address') && !server.history.includes('no delivery'));
    network.runUntil(() => server.sent.at(-1)?.type === 'routes-complete' || server.controller.isConverged, 20_000);
  });
});

describe('OSPF packets', () => {
  it('leave with TTL 1 and internetwork control, from the address of the link', () => {
    const { server } = converged();
    const packets = server.sent.flatMap((message) =>
      message.type === 'inject' && message.link === 'eth1' ? [message] : [],
    );
    assert.ok(packets.length > 3);
    for (const { packet, via: next } of packets) {
      const decoded = decodeIpv4(packet);
      assert.ok(!isMalformed(decoded));
      assert.deepEqual(
        [decoded.ttl, decoded.tos, decoded.protocol, decoded.dontFragment, decoded.source, decoded.destination],
        [1, 0xc0, 89, false, 0x01010101, next],
      );
      assert.ok(next === 0xe0000005 || next === 0x01000001);
    }
  });

  it('that are none are ignored', () => {
    const { network, server } = converged();
    const before = server.controller.events.recent().length;
    for (const packet of [new Uint8Array(0), new Uint8Array(20), new Uint8Array(2000).fill(0x45)]) {
      server.tell({ type: 'punt', link: 'eth1', atMs: network.nowMs, packet });
    }
    assert.equal(server.controller.events.recent().length, before);
  });
});

describe('what is shown', () => {
  it('of neighbors, interfaces, database and VIPs has text for addresses and units in the keys', async () => {
    const { server } = converged();
    const api = new ControlApi(server.controller);
    const neighbors = (await api.call('neighbors', {})) as { readonly [key: string]: unknown }[];
    assert.deepEqual(
      neighbors.map(({ link, routerId, address, state }) => ({ link, routerId, address, state })),
      [
        { link: 'eth1', routerId: '10.0.0.11', address: '1.0.0.1', state: 'Full' },
        { link: 'eth2', routerId: '10.0.0.12', address: '2.0.0.1', state: 'Full' },
      ],
    );
    const [view] = server.controller.ospf.instance?.neighbors(0) ?? [];
    const helped = { neighbors: () => [{ ...view, graceEndsInMs: 1234.5678 }, view] };
    const controller = { config: server.controller.config, ospf: { instance: helped } } as unknown as Controller;
    assert.deepEqual(
      neighborViews(controller, 0).map(({ graceEndsInMs }) => graceEndsInMs),
      [1235, null],
      'whole milliseconds',
    );
    const lsdb = (await api.call('lsdb', {})) as { readonly [key: string]: unknown }[];
    assert.deepEqual(
      lsdb.map(({ kind, id, selfOriginated }) => `${kind} ${id} ${selfOriginated}`),
      [
        ...['router 10.0.0.1 true', 'router 10.0.0.2 false', 'router 10.0.0.11 false', 'router 10.0.0.12 false'],
        'opaque 214.3.3.3 true',
      ],
    );
    const stub = { type: 'stub', id: '3.3.3.3', data: '255.255.255.255', metric: 5 };
    assert.ok(JSON.stringify(lsdb[0]?.links).includes(JSON.stringify(stub)));
    const interfaces = (await api.call('interfaces', {})) as { readonly [key: string]: unknown }[];
    assert.deepEqual(
      interfaces.map(({ link, address, area, cost }) => ({ link, address, area, cost })),
      [
        { link: 'eth1', address: '1.1.1.1/8', area: '0.0.0.0', cost: 10 },
        { link: 'eth2', address: '2.2.2.1/8', area: '0.0.0.0', cost: 20 },
      ],
    );
    const [vip] = (await api.call('vips', {})) as { readonly [key: string]: unknown }[];
    assert.deepEqual(
      { ...vip, sinceSeconds: 0 },
      {
        name: 'web',
        move: null,
        others: [],
        address: '3.3.3.3',
        mode: 'static',
        state: 'serving',
        sinceSeconds: 0,
        cost: 5,
        advertisedCost: 5,
        health: null,
        drained: false,
        openConnections: null,
        reason: null,
      },
    );
    const routes = (await api.call('routes', {})) as { readonly [key: string]: unknown }[];
    assert.ok(routes.some(({ prefix, source }) => prefix === '192.168.1.0/24' && source === 'ospf-intra'));
    await assert.rejects(api.call('nonsense', {}), { code: 'UNKNOWN_METHOD' });
    await assert.rejects(api.call('fib', { address: 'x' }), { code: 'BAD_PARAMS' });
  });
});
