import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { neighborExplanation } from '../../src/api/neighbor-explanation.js';
import { explanationText } from '../../src/cli/explain.js';
import { ControllerNetwork, type TestRouter } from '../support/controller-network.js';

/* here (eth1) ── (eth1) there; eth2 has no OSPF */

type Finding = { readonly [key: string]: string | null };

const here = (interfaces: string) => `router-id: 10.0.0.1
links:
  - { name: eth1, address: 10.1.0.1/30 }
  - { name: eth2, address: 10.2.0.1/30 }
${interfaces}`;

const OSPF = `ospf:
  interfaces:
    - { link: eth1, type: point-to-point, hello-interval: 1, bfd: {} }
`;

const there = (settings: string) => `router-id: 10.0.0.2
links:
  - { name: eth1, address: 10.1.0.2/30 }
ospf:
  interfaces:
    - { link: eth1, type: point-to-point, ${settings} }
`;

function two(ours: string, theirs: string): { readonly network: ControllerNetwork; readonly router: TestRouter } {
  const network = new ControllerNetwork();
  const router = network.add('here', here(ours));
  const other = network.add('there', there(theirs));
  network.wire('here:eth1', 'there:eth1');
  network.wire('here:eth2', 'there:eth2');
  router.start();
  other.start();
  network.run(20_000);
  return { network, router };
}

function explain(
  { network, router }: ReturnType<typeof two>,
  link: string,
  bfdSessions: unknown = [],
): { neighbors: Finding[]; findings: Finding[]; link: string } {
  return neighborExplanation(router.controller, link, bfdSessions, network.nowMs) as never;
}

describe('the explanation of a link', () => {
  test('says what differs, of whom, and how to mend it', () => {
    const both = two(OSPF, 'hello-interval: 1, dead-interval: 12');
    const { findings, neighbors } = explain(both, 'eth1');
    assert.deepEqual(neighbors, []);
    assert.equal(findings.length, 1);
    const [{ code, neighbor, evidence, fix }] = findings;
    assert.deepEqual([code, neighbor], ['dead-interval', '10.1.0.2']);
    assert.match(
      String(evidence),
      /^10.1.0.2 \(router ID 10.0.0.2\) has 12 s, we have 4 s: \d+ times in \d+ s, 1 s ago$/,
    );
    assert.equal(fix, 'set dead-interval: 12 on eth1 here, or 4 there');
  });

  test('finds nothing where nothing is wrong', () => {
    const both = two(OSPF, 'hello-interval: 1');
    const { findings, neighbors, link } = explain(both, 'eth1');
    assert.deepEqual(findings, []);
    assert.equal(neighbors[0].state, 'Full');
    const text = explanationText({ link, neighbors, findings });
    assert.match(text, /^eth1: 10.1.0.2 \(router ID 10.0.0.2\) is Full for \d+ s\neth1: nothing is wrong\n$/);
  });

  test('says that OSPF does not run, there or at all', () => {
    const both = two(OSPF, 'hello-interval: 1');
    const [finding] = explain(both, 'eth2').findings;
    assert.equal(finding.code, 'no-ospf');
    assert.match(String(finding.fix), /add \{ link: eth2 \} to the interfaces of ospf/);
    const [without] = explain(two('', 'hello-interval: 1'), 'eth1').findings;
    assert.equal(without.code, 'no-ospf');
  });

  test('says why a link is down', () => {
    const both = two(OSPF, 'hello-interval: 1');
    both.router.setLink('eth1', false);
    const [finding, ...more] = explain(both, 'eth1').findings;
    assert.equal(finding.code, 'link-down');
    assert.match(String(finding.evidence), /^eth1: \w/);
    assert.deepEqual(more, []);
  });

  test('says what to do about a link that the forwarder has not taken', () => {
    const both = two(OSPF, 'hello-interval: 1');
    const { controller } = both.router;
    const reason = 'link eth1 has the address 10.1.0.9/30 in the kernel, expected none';
    const detail = { link: 'eth1', reason, hint: 'ip address flush dev eth1' };
    controller.receive(
      { type: 'event', event: { atMs: both.network.nowMs, name: 'link-refused', detail } },
      both.network.nowMs,
    );
    const state = {
      type: 'link',
      name: 'eth1',
      present: true,
      up: false,
      ifindex: 2,
      mtu: 1500,
      mac: '',
      reason,
    } as const;
    controller.receive(state, both.network.nowMs);
    const refused = explain(both, 'eth1').findings;
    assert.deepEqual(
      refused.map(({ problem, evidence, fix }) => [problem, evidence, fix]),
      [['the link is not taken', reason, 'ip address flush dev eth1']],
    );
    const gone = { ...state, present: false, ifindex: 0, reason: 'there is no such link' };
    controller.receive(gone, both.network.nowMs);
    const [missing] = explain(both, 'eth1').findings;
    assert.equal(missing.evidence, 'eth1: there is no such link');
    assert.match(String(missing.fix), /mend its name in the configuration/);
  });

  test('tells of a BFD session that the neighbor does not take part in, or has lost', () => {
    const both = two(OSPF, 'hello-interval: 1');
    const session = { link: 'eth1', peer: '10.1.0.2', state: 'down', stateAgeSeconds: 7, remoteState: 'down' };
    const [never] = explain(both, 'eth1', [{ ...session, ups: 0 }]).findings;
    assert.deepEqual([never.code, never.neighbor], ['bfd', '10.1.0.2']);
    assert.match(String(never.fix), /configure BFD for this link on the neighbor too/);
    const [lost] = explain(both, 'eth1', [{ ...session, ups: 1 }]).findings;
    assert.match(String(lost.problem), /lost the neighbor, whose Hellos still come/);
    const [off] = explain(both, 'eth1', [{ ...session, ups: 1, remoteState: 'admin-down' }]).findings;
    assert.match(String(off.problem), /the neighbor has switched BFD off/);
    assert.deepEqual(explain(both, 'eth1', [{ ...session, ups: 1, state: 'up' }]).findings, []);
    assert.deepEqual(explain(both, 'eth1', [{ ...session, ups: 1, link: 'eth2' }]).findings, []);
  });

  test('knows only links of the configuration', () => {
    const both = two(OSPF, 'hello-interval: 1');
    assert.throws(() => explain(both, 'eth9'), { code: 'BAD_PARAMS', message: /expected one of eth1, eth2/ });
    assert.throws(() => explain(both, 'lasthop0'), { message: /^lasthop0 is the virtual link, without neighbors/ });
  });
});

test('the text names the link in every line that begins one', () => {
  const finding = { code: 'x', neighbor: null, problem: 'p', evidence: 'e', fix: 'f' };
  const text = explanationText({ link: 'eth1', neighbors: [], findings: [finding] });
  assert.equal(text, 'eth1: p\n  seen: e\n  to do: f\n');
});

test('the text calls nothing right that is not done', () => {
  const neighbor = { address: '10.1.0.2', routerId: '10.0.0.2', state: 'ExStart', stateAgeSeconds: 1, role: 'DR' };
  const text = (row: object) => explanationText({ link: 'eth1', neighbors: [{ ...neighbor, ...row }], findings: [] });
  assert.match(text({}), /is ExStart for 1 s\neth1: nothing is known to be wrong so far; ask again\n$/);
  assert.match(text({ state: '2-Way' }), /nothing is known to be wrong so far/);
  assert.match(text({ state: '2-Way', role: 'DROther' }), /nothing is wrong\n$/);
});
