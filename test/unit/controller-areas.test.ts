import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { lsdbRows } from '../../src/cli/lsdb-rows.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

/*
 *   edge ──(area 0, broadcast)── border ──(area 1, unnumbered)── leaf
 *    │
 *   static routes
 */
const EDGE = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 192.168.1.1/24 }
  - { name: eth2, address: 172.16.0.1/24 }
routes:
  - { prefix: 0.0.0.0/0, via: 172.16.0.9 }
  - { prefix: 10.8.0.0/16, via: 172.16.0.9 }
  - { prefix: 10.9.0.0/16, blackhole: true }
ospf:
  mode: router
  redistribute: { static: { metric: 33, tag: 7 } }
  interfaces:
    - { link: eth1, hello-interval: 1, priority: 9, authentication: { keys: [{ id: 1, algorithm: md5, secret: s }] } }
`;

const BORDER = `router-id: 10.0.0.2
links:
  - { name: eth1, address: 192.168.1.2/24 }
  - { name: eth2, address: 10.0.0.2/32 }
ospf:
  mode: router
  areas: [{ id: 1, AREA }]
  interfaces:
    - { link: eth1, hello-interval: 1, cost: 3, authentication: { keys: [{ id: 1, algorithm: md5, secret: s }] } }
    - { link: eth2, hello-interval: 1, area: 1, type: point-to-point }
`;

const LEAF = `router-id: 10.0.0.3
links:
  - { name: eth1, address: 10.0.0.3/32 }
ospf:
  mode: router
  area: 1
  areas: [{ id: 1, AREA }]
  interfaces:
    - { link: eth1, hello-interval: 1, type: point-to-point }
`;

interface Chain {
  readonly network: ControllerNetwork;
  readonly edge: TestRouter;
  readonly border: TestRouter;
  readonly leaf: TestRouter;
}

/** All three have found each other; area 1 is as `area` says. */
function chain(area = 'type: normal'): Chain {
  const network = new ControllerNetwork();
  const edge = network.add('edge', EDGE);
  const border = network.add('border', BORDER.replace('AREA', area));
  const leaf = network.add('leaf', LEAF.replace('AREA', area));
  network.wire('edge:eth1', 'border:eth1');
  network.wire('border:eth2', 'leaf:eth1');
  for (const router of [edge, border, leaf]) router.start();
  network.run(60_000);
  return { network, edge, border, leaf };
}

type Rows = readonly { readonly [key: string]: unknown }[];

async function show(router: TestRouter, method: string): Promise<Rows> {
  return (await new ControlApi(router.controller).call(method, {})) as Rows;
}

/** Prefix, how it was learnt and at what cost, and the ways to it. */
async function learnt(router: TestRouter): Promise<string[]> {
  const routes = await show(router, 'routes');
  return routes
    .filter(({ source }) => String(source).startsWith('ospf-'))
    .map(({ prefix, source, pathType, area, cost, type2Cost, tag, paths }) => {
      const ways = (paths as Rows).map(({ via, link }) => `${via} ${link}`).join();
      return [prefix, source, pathType, area, cost, type2Cost, tag, ways].join(' ');
    })
    .sort();
}

describe('a network of two areas', () => {
  it('is learnt by every router, with what each route is', async () => {
    const { border, leaf, edge } = chain();
    assert.deepEqual(await learnt(border), [
      '10.0.0.1/32 ospf-intra intra-area 0.0.0.0 3   192.168.1.1 eth1',
      '10.0.0.3/32 ospf-intra intra-area 0.0.0.1 10   10.0.0.3 eth2',
      '10.8.0.0/16 ospf-external external-2  3 33 7 192.168.1.1 eth1',
      '10.9.0.0/16 ospf-external external-2  3 33 7 192.168.1.1 eth1',
    ]);
    assert.deepEqual(await learnt(leaf), [
      '10.0.0.1/32 ospf-inter inter-area 0.0.0.1 13   10.0.0.2 eth1',
      '10.0.0.2/32 ospf-intra intra-area 0.0.0.1 10   10.0.0.2 eth1',
      '10.8.0.0/16 ospf-external external-2  13 33 7 10.0.0.2 eth1',
      '10.9.0.0/16 ospf-external external-2  13 33 7 10.0.0.2 eth1',
      '192.168.1.0/24 ospf-inter inter-area 0.0.0.1 13   10.0.0.2 eth1',
    ]);
    assert.deepEqual(await learnt(edge), [
      '10.0.0.2/32 ospf-intra intra-area 0.0.0.0 10   192.168.1.2 eth1',
      '10.0.0.3/32 ospf-inter inter-area 0.0.0.0 20   192.168.1.2 eth1',
    ]);
  });

  it('has a stub area without externals, and without summaries if it is told so', async () => {
    const stub = chain('type: stub, default-cost: 5');
    assert.deepEqual(await learnt(stub.leaf), [
      '0.0.0.0/0 ospf-inter inter-area 0.0.0.1 15   10.0.0.2 eth1',
      '10.0.0.1/32 ospf-inter inter-area 0.0.0.1 13   10.0.0.2 eth1',
      '10.0.0.2/32 ospf-intra intra-area 0.0.0.1 10   10.0.0.2 eth1',
      '192.168.1.0/24 ospf-inter inter-area 0.0.0.1 13   10.0.0.2 eth1',
    ]);
    const totallyStub = chain('type: stub, summaries: false');
    assert.deepEqual(await learnt(totallyStub.leaf), [
      '0.0.0.0/0 ospf-inter inter-area 0.0.0.1 11   10.0.0.2 eth1',
      '10.0.0.2/32 ospf-intra intra-area 0.0.0.1 10   10.0.0.2 eth1',
    ]);
  });

  it('forgets a static route that is in use no more', async () => {
    const { network, edge, leaf } = chain();
    edge.setLink('eth2', false);
    network.run(5000);
    assert.deepEqual(
      (await learnt(leaf)).filter((route) => route.includes('external')),
      ['10.9.0.0/16 ospf-external external-2  13 33 7 10.0.0.2 eth1'],
    );
    edge.edit(EDGE.replace('  redistribute: { static: { metric: 33, tag: 7 } }\n', ''));
    edge.controller.reload(() => {});
    network.run(5000);
    assert.ok(!(await learnt(leaf)).some((route) => route.includes('external')));
  });

  it('is shown with roles, areas and the whole database', async () => {
    const { border } = chain();
    assert.deepEqual(
      (await show(border, 'neighbors')).map(({ link, area, routerId, priority, role, state }) =>
        [link, area, routerId, priority, role, state].join(' '),
      ),
      ['eth1 0.0.0.0 10.0.0.1 9 DR Full', 'eth2 0.0.0.1 10.0.0.3   Full'],
    );
    assert.deepEqual(
      (await show(border, 'interfaces')).map(
        ({ link, state, area, priority, designatedRouter, backupDesignatedRouter, authentication }) =>
          [link, state, area, priority, designatedRouter, backupDesignatedRouter, authentication].join(' '),
      ),
      ['eth1 Backup 0.0.0.0 1 192.168.1.1 192.168.1.2 cryptographic', 'eth2 Point-to-point 0.0.0.1 1   none'],
    );
    const [ospf] = [await new ControlApi(border.controller).call('ospf', {})] as Rows;
    assert.deepEqual(
      [ospf?.routerId, ospf?.mode, ospf?.areas, ospf?.converged],
      ['10.0.0.2', 'router', ['0.0.0.0', '0.0.0.1'], true],
    );
    assert.deepEqual(
      lsdbRows(await show(border, 'lsdb')).map(({ scope, kind, id, advertisingRouter, says }) =>
        scope === undefined ? `  ${says}` : [scope, kind, id, advertisingRouter, says].join(' '),
      ),
      [
        '0.0.0.0 router 10.0.0.1 10.0.0.1 AS boundary router',
        '  transit 192.168.1.1 from 192.168.1.1, cost 10',
        '  stub 10.0.0.1/32, cost 0',
        '0.0.0.0 router 10.0.0.2 10.0.0.2 area border router',
        '  transit 192.168.1.1 from 192.168.1.2, cost 3',
        '  stub 10.0.0.2/32, cost 0',
        '0.0.0.0 network 192.168.1.1 10.0.0.1 192.168.1.0/24, routers 10.0.0.1 10.0.0.2',
        '0.0.0.0 summary 10.0.0.3 10.0.0.2 10.0.0.3/32, cost 10',
        '0.0.0.1 router 10.0.0.2 10.0.0.2 area border router',
        '  point-to-point 10.0.0.3 from 0.0.0.2, cost 10',
        '  stub 10.0.0.2/32, cost 0',
        '0.0.0.1 router 10.0.0.3 10.0.0.3 point-to-point 10.0.0.2 from 0.0.0.2, cost 10',
        '  stub 10.0.0.3/32, cost 0',
        '0.0.0.1 summary 10.0.0.1 10.0.0.2 10.0.0.1/32, cost 3',
        '0.0.0.1 summary 192.168.1.0 10.0.0.2 192.168.1.0/24, cost 3',
        '0.0.0.1 asbr-summary 10.0.0.1 10.0.0.2 10.0.0.1, cost 3',
        'AS external 10.8.0.0 10.0.0.1 10.8.0.0/16, cost 33 of type 2, tag 7',
        'AS external 10.9.0.0 10.0.0.1 10.9.0.0/16, cost 33 of type 2, tag 7',
      ],
    );
  });

  it('is shown in the order of its links, whichever came last', async () => {
    const { network, edge, border } = chain();
    const faster = (config: string) => config.replace('hello-interval: 1', 'hello-interval: 1, dead-interval: 3');
    edge.edit(faster(EDGE));
    border.edit(faster(BORDER.replace('AREA', 'type: normal')));
    for (const router of [edge, border]) router.controller.reload(() => {});
    network.run(20_000);
    for (const subject of ['neighbors', 'interfaces']) {
      assert.deepEqual(
        (await show(border, subject)).map(({ link }) => link),
        ['eth1', 'eth2'],
      );
    }
  });

  it('says what in its configuration is hardly meant', () => {
    const { network, border } = chain();
    border.edit(BORDER.replace('AREA', 'type: normal').replace('192.168.1.2/24', '192.168.1.2/30'));
    border.controller.reload(() => {});
    network.run(100);
    assert.deepEqual(border.events('config-warning'), [
      'r.yaml 9 7 eth1 has room for two routers (192.168.1.2/30): "type: point-to-point" at both ends spares the election',
    ]);
  });

  it('has keys whose time comes by the calendar, and which may be set', () => {
    const network = new ControllerNetwork();
    const keys = (text: string) => (config: string) => config.replace(/keys: \[.*?\] \}/, `keys: [${text}] }`);
    const old = '{ id: 1, algorithm: md5, secret: s }';
    const next = '{ id: 2, algorithm: hmac-sha-256, secret: t, send-from: 2026-03-01T12:00:00Z }';
    const rolling = keys(`${old}, ${next}`);
    const edge = network.add('edge', rolling(EDGE));
    const border = network.add('border', rolling(BORDER.replace('AREA', 'type: normal')));
    network.wire('edge:eth1', 'border:eth1');
    for (const router of [edge, border]) router.start();
    network.run(10_000);
    assert.deepEqual(edge.events('authentication-key'), []);
    // Somebody sets the calendar, which is looked at once an hour.
    network.calendarStartMs = Date.parse('2026-03-01T13:00:00Z');
    network.run(3_600_000);
    assert.deepEqual(edge.events('authentication-key'), ['eth1 2 hmac-sha-256']);
    const left = edge.events('neighbor-state').filter((event) => event.split(' ')[3] === 'Full');
    assert.deepEqual(left, []);
  });
});
