import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPrefix } from '../../src/base/prefix.js';
import { readConfig } from '../../src/config/config.js';
import { CalendarOffset } from '../../src/controller/calendar-offset.js';
import { hasKeyLifetimes, type OspfFacts, ospfConfigOf } from '../../src/controller/ospf-settings.js';
import { ospfRoutes, ownAddresses } from '../../src/controller/own-routes.js';
import { externalsOf } from '../../src/controller/redistribution.js';
import type { RouteSource } from '../../src/fib/rib.js';
import type { OspfRoute } from '../../src/ospf/messages.js';

const CONFIG = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
  - { name: eth2, address: 2.2.2.1/8 }
routes:
  - { prefix: 0.0.0.0/0, via: 1.0.0.2 }
  - { prefix: 10.7.0.0/16, via: 1.0.0.2 }
  - { prefix: 10.8.0.0/16, blackhole: true }
  - { prefix: 10.9.0.0/16, prohibit: true }
`;

/** Two more links, which have no address of their own. */
const UNNUMBERED = CONFIG.replace(
  'routes:',
  `  - { name: eth3, address: 10.0.0.1/32 }
  - { name: eth4, address: 10.0.0.1/32 }
routes:`,
);

const OSPF = `ospf:
  mode: router
  graceful-restart-helper: false
  areas: [{ id: 2, type: stub, summaries: false, default-cost: 9 }]
  interfaces:
    - { link: eth1, priority: 0, bfd: { interval: 50 }, authentication: { password: geheim } }
    - { link: eth2, area: 2, type: point-to-point }
    - { link: eth3, type: point-to-point }
    - { link: eth4, area: 2, type: point-to-point }
`;

const FACTS: OspfFacts = { vips: [{ address: 0x03030303, cost: 5 }], externals: [], calendarOffsetMs: 0 };

const configWith = (ospf: string, base = CONFIG) => readConfig('r.yaml', base + ospf);

describe('what OSPF is told', () => {
  it('has the interfaces of each area, in the order of the file', () => {
    const settings = ospfConfigOf(configWith(OSPF, UNNUMBERED), FACTS);
    assert.deepEqual(
      settings?.areas.map(({ interfaces, ...area }) => ({ ...area, interfaces: interfaces.map(({ name }) => name) })),
      [
        { id: 0, kind: 'normal', summaries: true, defaultCost: 1, interfaces: ['eth1', 'eth3'] },
        { id: 2, kind: 'stub', summaries: false, defaultCost: 9, interfaces: ['eth2', 'eth4'] },
      ],
    );
    assert.deepEqual(settings?.areas[0]?.interfaces[0], {
      name: 'eth1',
      type: 'broadcast',
      address: { address: 0x01010101, prefixLength: 8 },
      cost: 10,
      priority: 0,
      helloIntervalSeconds: 10,
      deadIntervalSeconds: 40,
      retransmitIntervalSeconds: 5,
      passive: false,
      mtuIgnore: false,
      authentication: { kind: 'simple', password: new TextEncoder().encode('geheim') },
      bfd: true,
    });
    assert.deepEqual([settings?.hostMode, settings?.gracefulRestartHelper], [false, false]);
    assert.deepEqual(settings?.stubs, [
      { prefix: { address: 0x0a000001, length: 32 }, cost: 0 },
      { prefix: { address: 0x03030303, length: 32 }, cost: 5 },
    ]);
  });

  it('has lifetimes of keys on its own clock', () => {
    const key = (text: string) =>
      `ospf: { interfaces: [{ link: eth1, authentication: { keys: [{ id: 1, algorithm: md5, secret: s${text} }] } }] }`;
    const limited = key(', send-from: 2026-03-01T00:00:00Z, accept-until: 2026-03-02T00:00:00Z');
    const calendarOffsetMs = Date.parse('2026-02-28T23:59:50Z');
    const authentication = ospfConfigOf(configWith(limited), { ...FACTS, calendarOffsetMs })?.areas[0]?.interfaces[0]
      ?.authentication;
    assert.ok(authentication?.kind === 'cryptographic');
    assert.deepEqual(authentication.keys, [
      {
        id: 1,
        algorithm: 'md5',
        secret: new TextEncoder().encode('s'),
        send: { fromMs: 10_000, untilMs: Number.POSITIVE_INFINITY },
        accept: { fromMs: Number.NEGATIVE_INFINITY, untilMs: 86_410_000 },
      },
    ]);
    assert.deepEqual(
      [limited, key('')].map((text) => hasKeyLifetimes(configWith(text))),
      [true, false],
    );
  });
});

describe('redistribution of static routes', () => {
  const announced = (settings: string, others: readonly [string, RouteSource | undefined][] = []) => {
    const sources = new Map(others);
    const config = configWith(`ospf: { redistribute: ${settings}, interfaces: [{ link: eth1 }] }`);
    return externalsOf(config, (prefix) => {
      const text = formatPrefix(prefix);
      return sources.has(text) ? sources.get(text) : 'static';
    }).map(({ prefix, ...rest }) => [formatPrefix(prefix), ...Object.values(rest)]);
  };

  it('is off unless asked for', () => assert.deepEqual(announced('{}'), []));

  it('takes those that discard too, and leaves the default route out', () => {
    assert.deepEqual(announced('{ static: { metric: 7, metric-type: 1, tag: 3 } }'), [
      ['10.7.0.0/16', 7, 1, 3],
      ['10.8.0.0/16', 7, 1, 3],
      ['10.9.0.0/16', 7, 1, 3],
    ]);
    assert.deepEqual(announced('{ static: { default-route: true } }')[0], ['0.0.0.0/0', 20, 2, 0]);
  });

  it('takes only what is in use', () => {
    const others: [string, RouteSource | undefined][] = [
      ['10.7.0.0/16', undefined],
      ['10.8.0.0/16', 'connected'],
    ];
    assert.deepEqual(announced('{ static: {} }', others), [['10.9.0.0/16', 20, 2, 0]]);
  });
});

describe('routes of OSPF', () => {
  it('come from the source of their path type', () => {
    const route = (third: number, pathType: OspfRoute['pathType']): OspfRoute => ({
      prefix: { address: 0x0a000000 + third * 256, length: 24 },
      cost: third,
      pathType,
      area: undefined,
      type2Cost: undefined,
      tag: undefined,
      nextHops: [{ interface: 'eth1', via: 0x01000002 }],
      repair: undefined,
    });
    const routes = [
      route(1, 'intra-area'),
      route(2, 'inter-area'),
      route(3, 'external-1'),
      route(4, 'external-2'),
    ] as const;
    const prefixesOf = (source: 'ospf-intra' | 'ospf-inter' | 'ospf-external') =>
      ospfRoutes(routes, source).map((item) => `${item.source} ${formatPrefix(item.prefix)} ${item.cost}`);
    assert.deepEqual(prefixesOf('ospf-intra'), ['ospf-intra 10.0.1.0/24 1']);
    assert.deepEqual(prefixesOf('ospf-inter'), ['ospf-inter 10.0.2.0/24 2']);
    assert.deepEqual(prefixesOf('ospf-external'), ['ospf-external 10.0.3.0/24 3', 'ospf-external 10.0.4.0/24 4']);
  });
});

it('an address that unnumbered links borrow is owned once', () => {
  assert.deepEqual(ownAddresses(configWith(OSPF, UNNUMBERED)), [0x0a000001, 0x01010101, 0x02020201]);
});

describe('the offset of the calendar', () => {
  it('stays the same while the calendar is slewed, and follows when it is set', () => {
    let calendarMs = 1_000_000;
    const offset = new CalendarOffset(() => calendarMs);
    assert.equal(offset.at(1000), 999_000);
    calendarMs += 999;
    assert.equal(offset.at(1000), 999_000);
    calendarMs += 1;
    assert.equal(offset.at(1000), 1_000_000);
    calendarMs = 500_000;
    assert.equal(offset.at(2000), 498_000);
    assert.equal(offset.nextLookMs, 3_602_000);
  });
});
