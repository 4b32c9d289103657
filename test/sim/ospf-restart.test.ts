import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostStub, OspfNetwork, type SimulatedRouter } from '../support/ospf-network.js';

/*
 * Routers that start, and start again. `left` and `right` reach each other by way of `middle` alone:
 *
 *   left ── middle ── right
 */

interface Chain {
  readonly network: OspfNetwork;
  readonly left: SimulatedRouter;
  readonly middle: SimulatedRouter;
  readonly right: SimulatedRouter;
}

function chain(helloSeconds: number): Chain {
  const network = new OspfNetwork(5);
  const [left, middle, right] = [1, 2, 3].map((routerId) =>
    network.addRouter(`r${routerId}`, { routerId, stubs: [hostStub(routerId)] }),
  );
  network.connect(left, middle, { helloSeconds, deadSeconds: 4 * helloSeconds });
  network.connect(middle, right, { helloSeconds, deadSeconds: 4 * helloSeconds });
  network.run(30_000);
  return { network, left, middle, right };
}

function reaches(router: SimulatedRouter, address: number): boolean {
  return router.routes.some(({ prefix }) => prefix.address === address);
}

/** Milliseconds in which `isWell` did not hold. */
function outageMs(network: OspfNetwork, durationMs: number, isWell: () => boolean): number {
  let outage = 0;
  for (const endMs = network.nowMs + durationMs; network.nowMs < endMs; ) {
    network.run(network.nowMs + 1);
    if (!isWell()) outage++;
  }
  return outage;
}

test('routers that start together know all routes within 200 ms, whatever else they are told', () => {
  const network = new OspfNetwork(9);
  const routers = [1, 2, 3, 4].map((routerId) =>
    network.addRouter(`r${routerId}`, { routerId, stubs: [hostStub(routerId)] }),
  );
  const wires = [0, 1, 2, 3].map((index) => network.connect(routers[index], routers[(index + 1) % 4]));
  for (const wire of wires) network.setCarrier(wire, false);
  network.run(10_000_000);
  for (const router of routers) network.restart(router);
  network.run(network.nowMs + 200);
  for (const router of routers) assert.equal(router.routes.length, 5, router.name);
});

for (const helloSeconds of [1, 10]) {
  for (const afterMs of [0, 400, 700]) {
    test(`a router on the only path resumes without a gap: Hellos every ${helloSeconds} s, ${afterMs} ms later`, () => {
      const { network, left, middle, right } = chain(helloSeconds);
      network.run(network.nowMs + afterMs);
      const states = left.statesOf(2).length;
      network.restart(middle, true);
      const lost = outageMs(network, 20_000, () => reaches(left, 3) && reaches(right, 1));
      assert.equal(lost, 0);
      assert.deepEqual(left.statesOf(2).slice(states), ['ExStart', 'Exchange', 'Full']);
      const { convergedAtMs } = middle;
      assert.ok(convergedAtMs !== undefined && convergedAtMs <= 30_000 + afterMs + helloSeconds * 1000 + 100);
      assert.ok(network.databasesAgree());
      assert.equal(middle.routes.length, 2);
    });
  }
}

test('a router that resumes and has lost a neighbor says so when it has waited two Hellos for it', () => {
  const { network, left, middle, right } = chain(1);
  network.wires[1].silent = true;
  network.restart(middle, true);
  network.run(network.nowMs + 1990);
  assert.ok(!middle.instance.statistics().converged);
  assert.ok(reaches(left, 3));
  network.run(network.nowMs + 100);
  assert.ok(middle.instance.statistics().converged);
  assert.ok(!reaches(left, 3));
  network.run(network.nowMs + 4000);
  assert.ok(!reaches(right, 1));
});

test('what a neighbor tells as soon as it is Full reaches routers further away without retransmission', () => {
  const { network, left, middle } = chain(1);
  const late = network.addRouter('late', { routerId: 4, stubs: [hostStub(4)] });
  const other = network.addRouter('other', { routerId: 5, stubs: [hostStub(5)] });
  network.connect(late, other);
  network.run(network.nowMs + 20_000);
  const startMs = network.nowMs;
  network.connect(middle, late);
  network.runUntil(() => reaches(left, 5), startMs + 20_000);
  assert.ok(network.nowMs - startMs < 1200, `${network.nowMs - startMs} ms`);
});
