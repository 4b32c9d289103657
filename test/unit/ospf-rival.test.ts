import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rival } from '../../src/ospf/rival.js';
import { OspfNetwork } from '../support/ospf-network.js';

test('four router-LSAs of ours within a minute that are not ours are those of another router', () => {
  const rival = new Rival();
  for (const nowMs of [0, 20_000, 40_000]) rival.note(nowMs);
  assert.equal(rival.isAbout(40_000), false);
  rival.note(59_000);
  assert.equal(rival.isAbout(59_999), true);
  assert.equal(rival.isAbout(60_000), false);
  rival.note(75_000);
  assert.equal(rival.isAbout(79_999), true, 'since 20 s');
});

test('two routers of an area with one router ID are told of and explained, though they are no neighbors', () => {
  const network = new OspfNetwork();
  const [one, between, other] = [1, 2, 1].map((routerId, index) => network.addRouter(`r${index}`, { routerId }));
  network.connect(one, between);
  network.connect(between, other);
  network.run(30_000);
  for (const router of [one, other]) {
    const events = router.events('duplicate-router-id').map(({ detail }) => detail);
    assert.deepEqual(events[0], { interface: router.instance.interfaces(network.nowMs)[0].name, routerId: '0.0.0.1' });
    const findings = router.instance.diagnosis(String(events[0].interface), network.nowMs) ?? [];
    assert.ok(findings.some(({ code }) => code === 'duplicate-router-id'));
  }
  assert.deepEqual(between.events('duplicate-router-id'), []);
});

test('a router that starts again has no rival in what it said before', () => {
  const network = new OspfNetwork();
  const [one, between, three] = [1, 2, 3].map((routerId) => network.addRouter(`r${routerId}`, { routerId }));
  for (let wire = 0; wire < 3; wire++) network.connect(one, between);
  network.connect(between, three);
  network.run(10_000);
  for (let time = 0; time < 5; time++) {
    network.restart(one);
    network.run(network.nowMs + 8000);
  }
  assert.deepEqual(one.events('duplicate-router-id'), []);
});
