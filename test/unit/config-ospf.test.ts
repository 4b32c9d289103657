import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Config, readConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/problem.js';

const GOOD = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
  - { name: eth2, address: 192.0.2.1/30 }
`;

/** The problems of a good file with `text` after it; that begins in line 5. */
function problemsAfter(text: string, base = GOOD): string[] {
  try {
    readConfig('r.yaml', `${base}${text}\n`);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
  return [];
}

function read(text: string, base = GOOD): Config {
  return readConfig('r.yaml', `${base}${text}\n`);
}

/** The one OSPF interface of a file in which it says `text`. */
function interfaceWith(text: string) {
  return read(`ospf: { interfaces: [{ link: eth1, ${text} }] }`).ospf?.interfaces[0];
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('areas', () => {
  it('are those of the interfaces; only what differs is listed', () => {
    const { ospf } = read(`ospf:
  area: 1
  areas: [{ id: 0.0.0.1, type: stub, summaries: false, default-cost: 7 }, { id: 0 }]
  interfaces: [{ link: eth1 }, { link: eth2, area: 0 }]`);
    assert.deepEqual(ospf?.areas, [
      { id: 1, type: 'stub', summaries: false, defaultCost: 7 },
      { id: 0, type: 'normal', summaries: true, defaultCost: 1 },
    ]);
    assert.deepEqual(
      ospf?.interfaces.map(({ link, area }) => ({ link, area })),
      [
        { link: 'eth1', area: 1 },
        { link: 'eth2', area: 0 },
      ],
    );
  });

  const refused: readonly [string, string, string][] = [
    [
      'a stub area for a backbone',
      'areas: [{ id: 0, type: stub }]',
      '5:32: area 0.0.0.0 is a stub area, expected a normal one: it is the backbone',
    ],
    [
      'an area without an interface',
      'areas: [{ id: 3, type: stub }]',
      '5:23: area 0.0.0.3 has no interface, expected 0.0.0.0',
    ],
    ['an area twice', 'areas: [{ id: 0 }, { id: 0.0.0.0 }]', '5:34: area 0.0.0.0 is listed twice, expected once'],
    [
      'a cost of what a normal area has not',
      'areas: [{ id: 0, default-cost: 5 }]',
      '5:40: ospf.areas[0].default-cost is 5, expected nothing but in an area of type stub',
    ],
    [
      'an NSSA for a backbone',
      'areas: [{ id: 0, type: nssa }]',
      '5:32: area 0.0.0.0 is an NSSA, expected a normal one: it is the backbone',
    ],
    [
      'an area of a type that there is not',
      'areas: [{ id: 0, type: nsa }]',
      '5:32: ospf.areas[0].type is "nsa", expected normal or stub or nssa',
    ],
    [
      'a metric that means unreachable',
      'areas: [{ id: 0, type: stub, default-cost: 16777215 }]',
      '5:52: ospf.areas[0].default-cost is 16777215, expected 1 to 16777214',
    ],
  ];
  for (const [name, text, problem] of refused) {
    it(`refuse ${name}`, () =>
      assert.deepEqual(problemsAfter(`ospf: { ${text}, interfaces: [{ link: eth1 }] }`), [`r.yaml:${problem}`]));
  }
});

describe('redistribution', () => {
  const settings = (text: string) =>
    read(`ospf: { redistribute: ${text}, interfaces: [{ link: eth1 }] }`).ospf?.redistributeStatic;

  it('of static routes has the metric and type of FRR unless told otherwise', () => {
    assert.deepEqual(settings('{ static: {} }'), { metric: 20, metricType: 2, tag: 0, defaultRoute: false });
    assert.deepEqual(settings('{ static: { metric: 0, metric-type: 1, tag: 4294967295, default-route: true } }'), {
      metric: 0,
      metricType: 1,
      tag: 0xffffffff,
      defaultRoute: true,
    });
    assert.equal(settings('{}'), undefined);
  });

  it('refuses other types and metrics', () => {
    assert.deepEqual(
      problemsAfter(
        'ospf: { redistribute: { static: { metric-type: 3, metric: 16777215 } }, interfaces: [{ link: eth1 }] }',
      ),
      [
        'r.yaml:5:48: ospf.redistribute.static.metric-type is 3, expected 1 or 2',
        'r.yaml:5:59: ospf.redistribute.static.metric is 16777215, expected 0 to 16777214',
      ],
    );
    assert.deepEqual(problemsAfter('ospf: { redistribute: { statics: {} }, interfaces: [{ link: eth1 }] }'), [
      'r.yaml:5:25: unknown key "statics" in ospf.redistribute, expected "static"',
    ]);
  });
});

describe('BFD', () => {
  it('has 300 ms and 3 unless told otherwise', () => {
    assert.deepEqual(interfaceWith('bfd: true')?.bfd, { minTxMs: 300, minRxMs: 300, multiplier: 3 });
    assert.deepEqual(interfaceWith('bfd: {}')?.bfd, { minTxMs: 300, minRxMs: 300, multiplier: 3 });
    assert.deepEqual(interfaceWith('bfd: { interval: 50, multiplier: 5 }')?.bfd, {
      minTxMs: 50,
      minRxMs: 50,
      multiplier: 5,
    });
    assert.deepEqual(interfaceWith('bfd: { min-rx: 10 }')?.bfd, { minTxMs: 300, minRxMs: 10, multiplier: 3 });
    assert.equal(interfaceWith('bfd: false')?.bfd, undefined);
    const [route] = read('routes: [{ prefix: 10.9.0.0/16, via: 1.0.0.2, bfd: { interval: 10 } }]').routes;
    assert.deepEqual(route?.action, {
      kind: 'via',
      via: [0x01000002],
      bfd: { minTxMs: 10, minRxMs: 10, multiplier: 3 },
    });
  });

  const refused: readonly [string, string, readonly string[]][] = [
    [
      'timers out of range',
      'ospf: { interfaces: [{ link: eth1, bfd: { interval: 9, multiplier: 256 } }] }',
      [
        '5:53: ospf.interfaces[0].bfd.interval is 9, expected 10 to 60000 milliseconds',
        '5:68: ospf.interfaces[0].bfd.multiplier is 256, expected 1 to 255',
      ],
    ],
    [
      'a number for the timers',
      'ospf: { interfaces: [{ link: eth1, bfd: 50 }] }',
      ['5:41: ospf.interfaces[0].bfd is 50, expected true or false or a mapping'],
    ],
    [
      'a key that is none',
      'ospf: { interfaces: [{ link: eth1, bfd: { intervall: 50 } }] }',
      ['5:43: unknown key "intervall" in ospf.interfaces[0].bfd, expected "interval"'],
    ],
    [
      'a passive interface',
      'ospf: { interfaces: [{ link: eth1, passive: true, bfd: true }] }',
      ['5:56: bfd on eth1 has no neighbor to watch: it is passive, expected one of the two'],
    ],
    [
      'a route that goes to no neighbor',
      'routes: [{ prefix: 10.9.0.0/16, blackhole: true, bfd: true }]',
      ['5:55: routes[0].bfd is true, expected nothing but beside "via"'],
    ],
  ];
  for (const [name, text, problems] of refused) {
    it(`refuses ${name}`, () =>
      assert.deepEqual(
        problemsAfter(text),
        problems.map((problem) => `r.yaml:${problem}`),
      ));
  }
});

describe('authentication', () => {
  it('is a password, or keys with lifetimes', () => {
    assert.deepEqual(interfaceWith('authentication: { password: geheim }')?.authentication, {
      kind: 'simple',
      password: bytes('geheim'),
    });
    const keys = `[{ id: 1, algorithm: md5, secret: one, send-until: 2026-06-01T00:00:00Z },
      { id: 2, algorithm: hmac-sha-256, secret: "zwei",
        send-from: 2026-06-01T02:00:00+02:00, accept-from: 2026-05-31T00:00Z, accept-until: 2027-01-01T00:00:00Z }]`;
    assert.deepEqual(interfaceWith(`authentication: { keys: ${keys} }`)?.authentication, {
      kind: 'cryptographic',
      keys: [
        {
          id: 1,
          algorithm: 'md5',
          secret: bytes('one'),
          send: { fromMs: Number.NEGATIVE_INFINITY, untilMs: 1780272000000 },
          accept: { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY },
        },
        {
          id: 2,
          algorithm: 'hmac-sha-256',
          secret: bytes('zwei'),
          send: { fromMs: 1780272000000, untilMs: Number.POSITIVE_INFINITY },
          accept: { fromMs: 1780185600000, untilMs: 1798761600000 },
        },
      ],
    });
  });

  it('counts bytes, not letters', () => {
    assert.deepEqual(interfaceWith('authentication: { password: "ää€" }')?.authentication, {
      kind: 'simple',
      password: bytes('ää€'),
    });
  });

  /** In every one of them the secret is `hunter2`, alone or with more. */
  const refused: readonly [string, string, readonly string[]][] = [
    [
      'a password that does not fit',
      '{ password: hunter2hunter2 }',
      ['64: …password is text of 14 bytes, expected text of 1 to 8 bytes, in quotes if it has no letter'],
    ],
    [
      'an empty password',
      '{ password: "" }',
      ['64: …password is text of 0 bytes, expected text of 1 to 8 bytes, in quotes if it has no letter'],
    ],
    [
      'a password that YAML takes for a number',
      '{ password: 1234 }',
      ['64: …password is no text, expected text of 1 to 8 bytes, in quotes if it has no letter'],
    ],
    [
      'a password with a zero byte',
      '{ password: "a\\0b" }',
      ['64: …password is text of 3 bytes, expected text of 1 to 8 bytes, in quotes if it has no letter'],
    ],
    [
      'a secret that MD5 has no room for',
      '{ keys: [{ id: 1, algorithm: md5, secret: hunter2hunter2hunter2 }] }',
      ['94: …keys[0].secret is text of 21 bytes, expected text of 1 to 16 bytes for md5'],
    ],
    [
      'an unknown algorithm',
      '{ keys: [{ id: 1, algorithm: sha256, secret: hunter2 }] }',
      [
        '81: …keys[0].algorithm is "sha256", expected ' +
          'md5 or hmac-sha-1 or hmac-sha-256 or hmac-sha-384 or hmac-sha-512',
      ],
    ],
    [
      'a day that no month has',
      '{ keys: [{ id: 1, algorithm: md5, secret: hunter2, send-from: 2026-02-30T00:00:00Z }] }',
      ['114: …keys[0].send-from is "2026-02-30T00:00:00Z", expected a time with its zone such as 2026-01-31T00:00:00Z'],
    ],
    [
      'a time without a zone',
      '{ keys: [{ id: 1, algorithm: md5, secret: hunter2, accept-until: 2026-02-03T00:00:00 }] }',
      [
        '117: …keys[0].accept-until is "2026-02-03T00:00:00", expected a time with its zone such as 2026-01-31T00:00:00Z',
      ],
    ],
    ['a secret in the place of a mapping', 'hunter2', ['52: … is text of 7 bytes, expected a mapping']],
    ['a secret in the place of a key', '{ keys: [hunter2] }', ['61: …keys[0] is text of 7 bytes, expected a mapping']],
    [
      'a secret as a key of the mapping',
      '{ password hunter2: }',
      [
        '52: … is a mapping, expected either "password" or "keys"',
        '54: unknown key in …, expected one of password, keys',
      ],
    ],
    ['an alias for a secret', '{ password: *hunter2 }', ['64: not valid YAML, expected a secret in quotes']],
    ['a tag for a secret', '{ password: !hunter2 x }', ['64: not valid YAML, expected a secret in quotes']],
    [
      'both kinds',
      '{ password: hunter2, keys: [{ id: 1, algorithm: md5, secret: hunter2 }] }',
      ['52: … is a mapping, expected either "password" or "keys"'],
    ],
    ['keys that are none', '{ keys: [] }', ['60: …keys is a list, expected at least 1']],
    [
      'a key ID twice',
      '{ keys: [{ id: 7, algorithm: md5, secret: hunter2 }, { id: 7, algorithm: md5, secret: hunter2 }] }',
      ['111: key 7 is listed twice, expected once'],
    ],
    [
      'a lifetime that ends before it begins',
      '{ keys: [{ id: 1, algorithm: md5, secret: hunter2, ' +
        'send-from: 2026-02-03T00:00:00Z, send-until: 2026-02-03T00:00:00Z }] }',
      ['148: send-until of key 1 is not after send-from, expected a later time'],
    ],
  ];
  for (const [name, text, problems] of refused) {
    it(`refuses ${name}, and never says a secret`, () => {
      const found = problemsAfter(`ospf: { interfaces: [{ link: eth1, authentication: ${text} }] }`);
      assert.doesNotMatch(found.join('\n'), /hunter2/);
      const shortened = found.map((problem) => problem.replace(/ospf\.interfaces\[0\]\.authentication\.?/, '…'));
      assert.deepEqual(
        shortened,
        problems.map((problem) => `r.yaml:5:${problem}`),
      );
    });
  }
});

describe('the type of a network', () => {
  const unnumbered = `router-id: 192.0.2.1
links:
  - { name: eth1, address: 192.0.2.1/32 }
  - { name: eth2, address: 192.0.2.1/32 }
  - { name: eth3, address: 192.0.2.9/32 }
`;

  it('may be unnumbered on any number of links', () => {
    const text = 'ospf: { interfaces: [{ link: eth1, type: point-to-point }, { link: eth2, type: point-to-point }] }';
    assert.deepEqual(problemsAfter(text, unnumbered), []);
  });

  const refused: readonly [string, string, readonly string[]][] = [
    [
      'a /32 on a broadcast network',
      '{ link: eth1 }, { link: eth2, type: point-to-point }',
      [
        "3:5: address 192.0.2.1 is the router's own and link eth1's, expected one use of an address " +
          '(only a link that OSPF has as type: point-to-point may borrow it)',
        '6:22: eth1 has the address 192.0.2.1/32 on a broadcast network, expected a subnet, ' +
          'or type: point-to-point (unnumbered)',
      ],
    ],
    [
      "a /32 that is not the router's",
      '{ link: eth1, type: point-to-point }, { link: eth2, type: point-to-point }, { link: eth3, type: point-to-point }',
      ["6:106: eth3 has the address 192.0.2.9/32, expected a subnet, or the router's own 192.0.2.1/32 (unnumbered)"],
    ],
    [
      'a priority that is no byte',
      '{ link: eth1, type: point-to-point, priority: 256 }',
      ['6:68: ospf.interfaces[0].priority is 256, expected 0 to 255'],
    ],
  ];
  for (const [name, interfaces, problems] of refused) {
    it(`refuses ${name}`, () =>
      assert.deepEqual(
        problemsAfter(`ospf: { interfaces: [${interfaces}] }`, unnumbered),
        problems.map((problem) => `r.yaml:${problem}`),
      ));
  }
});
