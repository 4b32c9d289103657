import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlApi } from '../../src/api/control-api.js';
import { formatIpv4, parseIpv4 } from '../../src/base/ipv4.js';
import type { BfdState, ToForwarder } from '../../src/forward/messages.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

/*
 * Two routers that run OSPF with BFD on one link, 10.0.1.0/24; a also has static routes by way of 10.0.2.9 and 10.0.2.8 on
 * another link, the second without BFD.
 */
const A = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 10.0.1.1/24 }
  - { name: eth2, address: 10.0.2.1/24 }
routes:
  - { prefix: 203.0.113.0/24, via: 10.0.2.9, bfd: { interval: 50, multiplier: 5 } }
  - { prefix: 198.51.100.0/24, via: 10.0.2.9 }
ospf:
  interfaces:
    - { link: eth1, type: point-to-point, hello-interval: 1, bfd: true }
`;

const B = `router-id: 10.0.0.2
links:
  - { name: eth1, address: 10.0.1.2/24 }
ospf:
  interfaces:
    - { link: eth1, type: point-to-point, hello-interval: 1, bfd: true }
`;

const OSPF_SESSION = 'eth1 10.0.1.1 10.0.1.2 300 300 3';
const STATIC_SESSION = 'eth2 10.0.2.1 10.0.2.9 50 50 5';

function network(): { network: ControllerNetwork; a: TestRouter; b: TestRouter } {
  const made = new ControllerNetwork();
  const a = made.add('a', A);
  const b = made.add('b', B);
  made.wire('a:eth1', 'b:eth1');
  a.start();
  b.start();
  return { network: made, a, b };
}

function sessionSets(router: TestRouter): string[][] {
  const messages = router.sent.filter((message) => message.type === 'bfd-sessions');
  return messages.map(({ sessions }: Extract<ToForwarder, { type: 'bfd-sessions' }>) =>
    sessions.map(({ link, local, peer, minTxMs, minRxMs, multiplier }) =>
      [link, formatIpv4(local), formatIpv4(peer), minTxMs, minRxMs, multiplier].join(' '),
    ),
  );
}

function state(link: string, peer: string, change: Partial<BfdState>): BfdState {
  const quiet = { atMs: 0, diagnostic: 'none', remoteState: 'down', remoteDiagnostic: 'none' } as const;
  return { type: 'bfd', link, peer: parseIpv4(peer) ?? 0, from: 'up', to: 'down', lost: false, ...quiet, ...change };
}

function neighborState(router: TestRouter): string | undefined {
  return router.controller.ospf.instance?.neighbors(0)[0]?.state;
}

test('the forwarder is asked for a session with each neighbor that wants one, static ones first', () => {
  const { network: made, a } = network();
  made.runUntil(() => neighborState(a) === 'Full');
  assert.deepEqual(sessionSets(a), [[STATIC_SESSION], [OSPF_SESSION, STATIC_SESSION]]);
});

test('a neighbor that BFD has lost is lost to OSPF at once; one that was never up, or switched off, is not', () => {
  const { network: made, a } = network();
  made.runUntil(() => neighborState(a) === 'Full');
  a.tell(state('eth1', '10.0.1.2', { from: 'init', to: 'down' }));
  a.tell(state('eth1', '10.0.1.2', { from: 'up', to: 'down', remoteState: 'admin-down' }));
  assert.equal(neighborState(a), 'Full');
  a.tell(state('eth1', '10.0.1.2', { from: 'up', to: 'down', lost: true }));
  assert.equal(neighborState(a), undefined);
  assert.deepEqual(sessionSets(a).at(-1), [STATIC_SESSION]);
  made.runUntil(() => neighborState(a) === 'Full');
  assert.deepEqual(sessionSets(a).at(-1), [OSPF_SESSION, STATIC_SESSION]);
});

test('a static route leaves while its next hop is lost, and another one that does not watch it stays', () => {
  const { network: made, a } = network();
  const watched = () => a.fib.has('203.0.113.0/24');
  made.runUntil(watched);
  a.tell(state('eth2', '10.0.2.9', { from: 'down', to: 'init' }));
  a.tell(state('eth2', '10.0.2.9', { from: 'init', to: 'up' }));
  a.tell(state('eth2', '10.0.2.9', { from: 'up', to: 'down' }));
  made.run(100);
  assert.equal(watched(), true);
  a.tell(state('eth2', '10.0.2.9', { from: 'up', to: 'down', lost: true }));
  made.run(100);
  assert.equal(watched(), false);
  assert.equal(a.fib.has('198.51.100.0/24'), true);
  a.tell(state('eth2', '10.0.2.9', { from: 'init', to: 'up' }));
  made.run(100);
  assert.equal(watched(), true);
});

test('a controller that comes after one that died asks for the same sessions once it has heard from its neighbors', () => {
  const { network: made, a } = network();
  made.runUntil(() => neighborState(a) === 'Full');
  a.crash(10);
  made.run(20);
  // What the forwarder tells when it welcomes a controller: the next hop is lost.
  a.tell(state('eth2', '10.0.2.9', { from: 'down', to: 'down', lost: true }));
  a.tell(state('eth1', '10.0.1.2', { from: 'down', to: 'down', lost: true }));
  made.runUntil(() => a.sent.some(({ type }) => type === 'routes-complete'));
  assert.equal(a.controller.bfd.isLost('eth1', parseIpv4('10.0.1.2') ?? 0), true, 'it was told before it had asked');
  assert.deepEqual(sessionSets(a).at(-1), [OSPF_SESSION, STATIC_SESSION]);
  const complete = a.sent.findIndex(({ type }) => type === 'routes-complete');
  const asked = a.sent.findLastIndex(({ type }) => type === 'bfd-sessions');
  assert.ok(asked < complete, 'sessions that are missing by then would end');
  made.run(100);
  assert.equal(a.fib.has('203.0.113.0/24'), false);
});

test('a new configuration without BFD ends its sessions, and brings its routes back', () => {
  const { network: made, a } = network();
  made.runUntil(() => neighborState(a) === 'Full');
  a.tell(state('eth2', '10.0.2.9', { lost: true }));
  a.edit(A.replace(', bfd: { interval: 50, multiplier: 5 }', '').replace(', bfd: true', ''));
  a.controller.reload(() => {});
  made.run(100);
  assert.deepEqual(sessionSets(a).at(-1), []);
  assert.equal(a.fib.has('203.0.113.0/24'), true);
});

test('what is shown says what a session is for', async () => {
  const { network: made, a } = network();
  made.runUntil(() => neighborState(a) === 'Full');
  const rows = [
    { link: 'eth1', peer: '10.0.1.2' },
    { link: 'eth2', peer: '10.0.2.9' },
  ];
  const answer = new ControlApi(a.controller).call('bfd', {});
  const query = a.sent.findLast((message) => message.type === 'query');
  a.tell({ type: 'answer', id: query?.type === 'query' ? query.id : 0, data: rows });
  assert.deepEqual(await answer, [
    { ...rows[0], users: ['ospf'] },
    { ...rows[1], users: ['static'] },
  ]);
});
