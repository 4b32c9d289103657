import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { formatPrefix, type Prefix, parsePrefix } from '../../src/base/prefix.js';
import { Rib, type Route, type RouteChanges, type RouteSource } from '../../src/fib/rib.js';
import type { RibPath } from '../../src/fib/rib-path.js';

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  assert.ok(prefix, text);
  return prefix;
}

function via(text: string, link = 'eth0'): RibPath {
  const address = parseIpv4(text);
  assert.ok(address !== undefined, text);
  return { kind: 'neighbor', link, via: address };
}

function routeTo(text: string, source: RouteSource, paths: RibPath[] = [via('10.0.0.1')], cost = 0): Route {
  return { prefix: prefixOf(text), source, cost, paths, repair: undefined };
}

function describeChanges({ best, gone }: RouteChanges): string[] {
  return [
    ...best.map(({ prefix, source }) => `${formatPrefix(prefix)} ${source}`),
    ...gone.map((prefix) => `${formatPrefix(prefix)} gone`),
  ];
}

describe('Rib', () => {
  it('prefers own addresses, connected, VIP, static, OSPF intra, inter and external, in this order', () => {
    const rib = new Rib();
    const prefix = prefixOf('192.0.2.0/24');
    const worstFirst: RouteSource[] = [
      'ospf-external',
      'ospf-inter',
      'ospf-intra',
      'static',
      'vip',
      'connected',
      'local',
    ];
    for (const source of worstFirst) {
      const changes = rib.update(source, prefix, routeTo('192.0.2.0/24', source));
      assert.deepEqual(describeChanges(changes), [`192.0.2.0/24 ${source}`]);
    }
    assert.equal(rib.best(prefix)?.source, 'local');
    assert.deepEqual(describeChanges(rib.update('vip', prefix, undefined)), []);
    assert.deepEqual(describeChanges(rib.update('local', prefix, undefined)), ['192.0.2.0/24 connected']);
    assert.deepEqual(describeChanges(rib.update('connected', prefix, undefined)), ['192.0.2.0/24 static']);
  });

  it('reports the end of the last route, and nothing for a route that was not there', () => {
    const rib = new Rib();
    const prefix = prefixOf('192.0.2.0/24');
    rib.update('static', prefix, routeTo('192.0.2.0/24', 'static'));
    assert.deepEqual(rib.update('static', prefix, undefined), { best: [], gone: [prefix] });
    assert.deepEqual(rib.update('static', prefix, undefined), { best: [], gone: [] });
    assert.deepEqual([...rib], []);
  });

  it('reports other paths and another repair path, but not another cost or order', () => {
    const rib = new Rib();
    const [first, second] = [via('10.0.0.1'), via('10.1.0.1', 'eth1')];
    const prefix = prefixOf('192.0.2.0/24');
    const update = (route: Route) => rib.update('ospf-intra', prefix, route).best.length;
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [first, second], 10)), 1);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [second, first], 20)), 0);
    assert.equal(rib.best(prefix)?.cost, 20);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [first], 20)), 1);
    assert.equal(update({ ...routeTo('192.0.2.0/24', 'ospf-intra', [first], 20), repair: second }), 1);
    assert.equal(update({ ...routeTo('192.0.2.0/24', 'ospf-intra', [first], 20), repair: { ...second } }), 0);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [via('10.0.0.2')], 20)), 1);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [{ kind: 'connected', link: 'eth0' }], 20)), 1);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [{ kind: 'connected', link: 'eth1' }], 20)), 1);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [{ kind: 'blackhole' }], 20)), 1);
    assert.equal(update(routeTo('192.0.2.0/24', 'ospf-intra', [{ kind: 'blackhole' }], 20)), 0);
  });

  it('replaces a source: what is missing goes, what is new comes, what stays is no change', () => {
    const rib = new Rib();
    rib.update('static', prefixOf('10.3.0.0/16'), routeTo('10.3.0.0/16', 'static'));
    assert.deepEqual(
      describeChanges(
        rib.replaceSource('ospf-intra', [
          routeTo('10.2.0.0/16', 'ospf-intra'),
          routeTo('10.1.0.0/16', 'ospf-intra'),
          routeTo('10.3.0.0/16', 'ospf-intra'),
        ]),
      ),
      ['10.1.0.0/16 ospf-intra', '10.2.0.0/16 ospf-intra'],
    );
    assert.deepEqual(
      describeChanges(
        rib.replaceSource('ospf-intra', [
          routeTo('10.2.0.0/16', 'ospf-intra'),
          routeTo('10.0.0.0/8', 'ospf-intra'),
          routeTo('10.2.0.0/24', 'ospf-intra'),
        ]),
      ),
      ['10.0.0.0/8 ospf-intra', '10.2.0.0/24 ospf-intra', '10.1.0.0/16 gone'],
    );
    assert.equal([...rib].length, 4);
    assert.deepEqual(describeChanges(rib.replaceSource('static', [])), ['10.3.0.0/16 gone']);
  });

  it('goes through the best routes in the order of prefixes', () => {
    const rib = new Rib();
    for (const text of ['224.0.0.0/4', '10.0.0.0/8', '0.0.0.0/0', '10.0.0.0/24']) {
      rib.update('static', prefixOf(text), routeTo(text, 'static'));
    }
    rib.update('connected', prefixOf('10.0.0.0/24'), routeTo('10.0.0.0/24', 'connected'));
    const text = (route: Route) => `${formatPrefix(route.prefix)} ${route.source}`;
    assert.deepEqual([...rib].map(text), [
      '0.0.0.0/0 static',
      '10.0.0.0/8 static',
      '10.0.0.0/24 connected',
      '224.0.0.0/4 static',
    ]);
  });

  it('refuses a route of another source', () => {
    const rib = new Rib();
    const prefix = prefixOf('10.0.0.0/8');
    assert.throws(() => rib.update('static', prefix, routeTo('10.0.0.0/8', 'vip')), /a vip route given as static/);
  });
});
