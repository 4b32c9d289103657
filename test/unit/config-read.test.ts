import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { type Config, readConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/problem.js';

const GOOD = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
  - { name: eth2, addresses: [2.2.2.1/8, 192.0.2.1/31] }
`;

function problems(text: string, running?: Config): string[] {
  try {
    readConfig('r.yaml', text, running);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
  return [];
}

/** The problems of a good file with `text` after it. */
function problemsAfter(text: string): string[] {
  return problems(GOOD + text);
}

const address = (text: string) => parseIpv4(text) ?? assert.fail(text);

describe('a good configuration', () => {
  it('has every value in the form that the program uses', () => {
    const config = readConfig(
      'r.yaml',
      `
router-id: 10.0.0.1
name: server1
workers: 2
virtual-link: { name: vl0, address: 10.0.0.9, mtu: 9000, coalesce: all, source-vip: web }
links:
  - name: eth1
    address: 1.1.1.1/8
    io: packet
    mtu: 1400
    coalesce: all
    source-validation: strict
    redirects: true
    icmp-source: ingress
    ip-options: drop
routes:
  - { prefix: 10.9.0.0/16, via: 1.0.0.2 }
  - { prefix: 10.8.0.0/16, via: [1.0.0.2, 1.0.0.3] }
  - { prefix: 10.7.0.0/16, blackhole: true }
  - { prefix: 0.0.0.0/0, prohibit: true }
ospf:
  area: 0.0.0.1
  mode: router
  interfaces:
    - { link: eth1, type: point-to-point, cost: 7, hello-interval: 1, dead-interval: 3, passive: true, mtu-ignore: true }
vips:
  - { name: web, address: 3.3.3.3, mode: static, cost: 5, unhealthy: drain }
controller: { user: daemon, hold-time: 9 }
control-socket: /tmp/c.sock
`,
    );
    assert.deepEqual(config, {
      routerId: 0x0a000001,
      name: 'server1',
      workers: 2,
      virtualLink: { name: 'vl0', address: 0x0a000009, mtu: 9000, coalesce: 'all', sourceVip: 'web' },
      links: [
        {
          name: 'eth1',
          io: 'packet',
          addresses: [{ address: 0x01010101, prefixLength: 8 }],
          mtu: 1400,
          coalesce: 'all',
          policy: { sourceValidation: 'strict', redirects: true, icmpSource: 'ingress', ipOptions: 'drop' },
        },
      ],
      routes: [
        { prefix: { address: 0x0a090000, length: 16 }, action: { kind: 'via', via: [0x01000002], bfd: undefined } },
        {
          prefix: { address: 0x0a080000, length: 16 },
          action: { kind: 'via', via: [0x01000002, 0x01000003], bfd: undefined },
        },
        { prefix: { address: 0x0a070000, length: 16 }, action: { kind: 'blackhole' } },
        { prefix: { address: 0, length: 0 }, action: { kind: 'prohibit' } },
      ],
      ospf: {
        mode: 'router',
        areas: [],
        redistributeStatic: undefined,
        gracefulRestartHelper: true,
        spfDelays: { initialMs: 0, shortMs: 20, longMs: 320, timeToLearnMs: 500, holddownMs: 1000 },
        interfaces: [
          {
            link: 'eth1',
            area: 1,
            type: 'point-to-point',
            priority: 1,
            cost: 7,
            helloIntervalSeconds: 1,
            deadIntervalSeconds: 3,
            retransmitIntervalSeconds: 5,
            passive: true,
            mtuIgnore: true,
            bfd: undefined,
            authentication: { kind: 'none' },
          },
        ],
      },
      vips: [
        {
          name: 'web',
          address: 0x03030303,
          mode: 'static',
          cost: 5,
          checks: [],
          unhealthy: 'drain',
          rank: 100,
          minimumAnnouncers: 0,
          leaseLoss: 'drop',
        },
      ],
      etcd: undefined,
      controller: { user: 'daemon', holdTimeSeconds: 9 },
      stateDirectory: '/var/lib/lasthop',
      controlSocket: '/tmp/c.sock',
    });
  });

  it('needs a router-id only; the rest has defaults', () => {
    assert.deepEqual(readConfig('r.yaml', 'router-id: 10.0.0.1\n'), {
      routerId: 0x0a000001,
      name: '10.0.0.1',
      workers: 1,
      virtualLink: { name: 'lasthop0', address: 0x0a000001, mtu: 1500, coalesce: 'tcp', sourceVip: undefined },
      links: [],
      routes: [],
      ospf: undefined,
      vips: [],
      etcd: undefined,
      controller: { user: 'nobody', holdTimeSeconds: 60 },
      stateDirectory: '/var/lib/lasthop',
      controlSocket: '/run/lasthop/control.sock',
    });
  });

  it('has a dead interval of four hello intervals unless it says otherwise', () => {
    const config = readConfig('r.yaml', `${GOOD}ospf:\n  interfaces:\n    - { link: eth1, hello-interval: 2 }\n`);
    assert.equal(config.ospf?.interfaces[0]?.deadIntervalSeconds, 8);
    assert.equal(config.ospf?.mode, 'host');
    assert.equal(config.ospf?.interfaces[0]?.area, 0);
    assert.equal(config.ospf?.interfaces[0]?.type, 'broadcast');
  });

  it('may have a VIP inside the subnet of a link, several addresses on a link, and an area as a number', () => {
    assert.deepEqual(problemsAfter('vips:\n  - { name: web, address: 1.2.3.4 }\n'), []);
    assert.deepEqual(problemsAfter('ospf:\n  area: 5\n  interfaces:\n    - link: eth2\n'), []);
    assert.equal(readConfig('r.yaml', GOOD).links[1]?.addresses[1]?.address, address('192.0.2.1'));
  });

  it('may be JSON, and may use anchors', () => {
    assert.deepEqual(problems('{"router-id": "10.0.0.1"}'), []);
    assert.deepEqual(problems('router-id: &id 10.0.0.1\nvirtual-link: { address: *id }\n'), []);
  });
});

describe('syntax errors', () => {
  it('name the place', () => {
    assert.deepEqual(problems(''), ['r.yaml:1:1: the file is empty, expected a mapping']);
    assert.deepEqual(problems('[1, 2]'), ['r.yaml:1:1: the file is a list, expected a mapping']);
    assert.deepEqual(problems('router-id: 10.0.0.1\n\tlinks: []\n'), [
      'r.yaml:2:1: not valid YAML: Tabs are not allowed as indentation',
    ]);
    assert.deepEqual(problems('router-id: 10.0.0.1\n--- second\n'), [
      'r.yaml:2:1: a second document starts here, expected one document in a file',
    ]);
    assert.deepEqual(problems('router-id: !me 10.0.0.1\n'), ['r.yaml:1:12: not valid YAML: Unresolved tag: !me']);
  });

  it('include a key that is given twice, together with what the schema finds', () => {
    assert.deepEqual(problems('router-id: 10.0.0.1\nrouter-id: 10.0.0.300\n'), [
      'r.yaml:2:1: key "router-id" is given twice, expected once',
      'r.yaml:2:12: router-id is "10.0.0.300", expected an IPv4 address such as 10.0.0.1',
    ]);
  });

  it('refuse aliases that multiply without end', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de']) bomb.push(`${to}: &${to} [${`*${from}, `.repeat(9)}]`);
    assert.match(problems(bomb.join('\n'))[0] ?? '', /^r\.yaml:1:1: not valid YAML: Excessive alias count/);
  });
});

describe('unknown keys', () => {
  it('are errors at the key, with the nearest valid one', () => {
    assert.deepEqual(problems('router-ip: 10.0.0.1\nrouter-id: 10.0.0.1\n'), [
      'r.yaml:1:1: unknown key "router-ip", expected "router-id"',
    ]);
    assert.deepEqual(problemsAfter('vips:\n  - { name: web, address: 3.3.3.3, cots: 3 }\n'), [
      'r.yaml:6:36: unknown key "cots" in vips[0], expected "cost"',
    ]);
    assert.deepEqual(problemsAfter('ospf:\n  interfaces:\n    - link: eth1\n      helo-interval: 1\n'), [
      'r.yaml:8:7: unknown key "helo-interval" in ospf.interfaces[0], expected "hello-interval"',
    ]);
  });

  it('that are near nothing get the list', () => {
    assert.deepEqual(problemsAfter('virtual-link: { colour: red }\n'), [
      'r.yaml:5:17: unknown key "colour" in virtual-link, expected one of name, address, mtu, coalesce, source-vip',
    ]);
  });
});

describe('wrong values', () => {
  const cases: readonly [string, string, string][] = [
    [
      'a router-id of zero',
      'router-id: 0.0.0.0',
      '1:12: router-id is "0.0.0.0", expected an IPv4 address other than 0.0.0.0',
    ],
    ['a number for an address', 'router-id: 7', '1:12: router-id is 7, expected an IPv4 address such as 10.0.0.1'],
    ['a missing router-id', 'vips: []', '1:1: router-id is missing, expected an IPv4 address such as 10.0.0.1'],
    [
      'a leading zero',
      'router-id: 10.0.0.01',
      '1:12: router-id is "10.0.0.01", expected an IPv4 address such as 10.0.0.1',
    ],
  ];
  for (const [name, text, problem] of cases) {
    it(name, () => assert.deepEqual(problems(`${text}\n`), [`r.yaml:${problem}`]));
  }

  const later: readonly [string, string, string][] = [
    ['an empty section', 'vips:', '5:6: vips is empty, expected a list'],
    ['a mapping for a list', 'vips: { name: web }', '5:7: vips is a mapping, expected a list'],
    [
      'an MTU below what IPv4 allows',
      'virtual-link: { mtu: 67 }',
      '5:22: virtual-link.mtu is 67, expected 68 to 65535 octets',
    ],
    ['a fraction', 'controller: { hold-time: 1.5 }', '5:26: controller.hold-time is 1.5, expected 1 to 3600 seconds'],
    [
      'a name that the kernel does not take',
      'virtual-link: { name: averyverylongname }',
      '5:23: virtual-link.name is "averyverylongname", expected a link name of 1 to 15 characters without spaces, "/" or ":"',
    ],
    [
      'a multicast address for a VIP',
      'vips: [{ name: web, address: 224.0.0.5 }]',
      '5:30: vips[0].address is "224.0.0.5", expected the IPv4 address of a host such as 10.0.0.1',
    ],
    [
      'host bits in a prefix',
      'routes: [{ prefix: 10.9.0.1/16, via: 1.0.0.2 }]',
      '5:20: routes[0].prefix is "10.9.0.1/16", expected a prefix without host bits such as 10.9.0.0/16',
    ],
    [
      'one wrong address of several',
      'routes: [{ prefix: 10.9.0.0/16, via: [1.0.0.2, x] }]',
      '5:48: routes[0].via[1] is "x", expected the IPv4 address of a host such as 10.0.0.1',
    ],
    [
      'a route that goes nowhere',
      'routes: [{ prefix: 10.9.0.0/16 }]',
      '5:10: routes[0] is a mapping, expected exactly one of "via", "blackhole" and "prohibit"',
    ],
    [
      'a route that goes two ways',
      'routes: [{ prefix: 10.9.0.0/16, via: 1.0.0.2, prohibit: true }]',
      '5:10: routes[0] is a mapping, expected exactly one of "via", "blackhole" and "prohibit"',
    ],
    [
      'a switch that is off',
      'routes: [{ prefix: 10.9.0.0/16, blackhole: false }]',
      '5:44: routes[0].blackhole is false, expected true',
    ],
    [
      'a kind of network that OSPF has and lasthop has not',
      'ospf: { interfaces: [{ link: eth1, type: nbma }] }',
      '5:42: ospf.interfaces[0].type is "nbma", expected broadcast or point-to-point',
    ],
    [
      'an exclusive VIP without a store',
      'vips: [{ name: web, address: 3.3.3.3, mode: exclusive }]',
      '5:45: VIP web is exclusive, expected "etcd", the store that settles who has it, or "ospf", for routers to settle it',
    ],
    [
      'a text that only looks like a switch',
      'ospf: { interfaces: [{ link: eth1, passive: "yes" }] }',
      '5:45: ospf.interfaces[0].passive is "yes", expected true or false',
    ],
    [
      'a relative socket path',
      'control-socket: run/control.sock',
      '5:17: control-socket is "run/control.sock", expected an absolute path of at most 107 bytes',
    ],
    [
      'a negative area',
      'ospf: { area: -1, interfaces: [{ link: eth1 }] }',
      '5:15: ospf.area is -1, expected an area number or 0.0.0.0',
    ],
  ];
  for (const [name, text, problem] of later) {
    it(name, () => assert.deepEqual(problemsAfter(`${text}\n`), [`r.yaml:${problem}`]));
  }

  it('of a link', () => {
    const link = (text: string) => problems(`router-id: 10.0.0.1\nlinks: [{ ${text} }]\n`);
    assert.deepEqual(link('name: eth1'), [
      'r.yaml:2:9: links[0] is a mapping, expected either "address" or "addresses"',
    ]);
    assert.deepEqual(link('name: eth1, address: 1.1.1.1/8, addresses: [1.1.1.2/8]'), [
      'r.yaml:2:9: links[0] is a mapping, expected either "address" or "addresses"',
    ]);
    for (const wrong of ['1.1.1.1', '1.1.1.0/24', '1.1.1.255/24', '127.0.0.1/8', '1.1.1.1/33']) {
      assert.deepEqual(link(`name: eth1, address: ${wrong}`), [
        `r.yaml:2:32: links[0].address is "${wrong}", expected a host address with prefix length such as 10.0.0.1/24`,
      ]);
    }
    assert.deepEqual(link('name: eth1, address: 1.1.1.1/8, io: dpdk'), [
      'r.yaml:2:47: links[0].io is "dpdk", expected auto or packet or xdp',
    ]);
    assert.deepEqual(link('name: eth1, addresses: []'), ['r.yaml:2:34: link eth1 has 0 addresses, expected 1 to 8']);
  });

  it('are all reported, in the order of the file', () => {
    assert.deepEqual(problems('router-id: x\nlinkz: []\nvirtual-link: { mtu: 1 }\nvips: 3\n'), [
      'r.yaml:1:12: router-id is "x", expected an IPv4 address such as 10.0.0.1',
      'r.yaml:2:1: unknown key "linkz", expected "links"',
      'r.yaml:3:22: virtual-link.mtu is 1, expected 68 to 65535 octets',
      'r.yaml:4:7: vips is 3, expected a list',
    ]);
  });
});

describe('values that contradict each other', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    [
      'an OSPF interface on no link',
      'ospf: { interfaces: [{ link: eth3 }] }',
      ['5:30: OSPF interface eth3 is not a link, expected eth1 or eth2'],
    ],
    [
      'an OSPF interface twice',
      'ospf: { interfaces: [{ link: eth1 }, { link: eth1 }] }',
      ['5:46: OSPF interface eth1 is listed twice, expected once'],
    ],
    ['OSPF without interfaces', 'ospf: { interfaces: [] }', ['5:21: ospf has no interfaces, expected at least one']],
    [
      'a dead interval that is no longer than the hello interval',
      'ospf: { interfaces: [{ link: eth1, hello-interval: 4, dead-interval: 4 }] }',
      ['5:70: dead-interval 4 is not longer than hello-interval 4, expected several hello intervals'],
    ],
    [
      'a static route over no link',
      'routes: [{ prefix: 10.9.0.0/16, via: 9.9.9.9 }]',
      ["5:38: via 9.9.9.9 is in no link's subnet, expected a neighbor on a link"],
    ],
    [
      'a static route to oneself',
      'routes: [{ prefix: 10.9.0.0/16, via: [1.1.1.1] }]',
      ["5:38: via 1.1.1.1 is this router's own address, expected a neighbor's"],
    ],
    [
      'a prefix twice',
      'routes: [{ prefix: 10.9.0.0/16, via: 1.0.0.2 }, { prefix: 10.9.0.0/16, prohibit: true }]',
      ['5:59: route 10.9.0.0/16 is listed twice, expected once (several paths: via: [A, B])'],
    ],
    [
      'a VIP at the router-id',
      'vips: [{ name: web, address: 10.0.0.1 }]',
      ["5:30: address 10.0.0.1 is the router's own and VIP web's, expected one use of an address"],
    ],
    [
      'a VIP at the router-id of a router with another address',
      'virtual-link: { address: 10.0.0.2 }\nvips: [{ name: web, address: 10.0.0.1 }]',
      ['6:30: VIP web has the router-id as its address, expected an address that may move'],
    ],
    [
      'a VIP at the address of a link',
      'vips: [{ name: web, address: 2.2.2.1 }]',
      ["5:30: address 2.2.2.1 is link eth2's and VIP web's, expected one use of an address"],
    ],
    [
      'two VIPs with one address, two with one name',
      'vips: [{ name: a, address: 3.3.3.3 }, { name: b, address: 3.3.3.3 }, { name: a, address: 3.3.3.4 }]',
      [
        "5:59: address 3.3.3.3 is VIP a's and VIP b's, expected one use of an address",
        '5:78: VIP a is listed twice, expected once',
      ],
    ],
    [
      'a virtual link that is also a link',
      'virtual-link: { name: eth1 }',
      ['3:13: link eth1 is the virtual link, expected a link of the machine'],
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () =>
      assert.deepEqual(
        problemsAfter(`${text}\n`),
        expected.map((problem) => `r.yaml:${problem}`),
      ),
    );
  }

  it('of links', () => {
    const text = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8 }
  - { name: eth1, address: 2.2.2.1/8 }
  - { name: eth3, address: 1.2.0.1/16 }
`;
    assert.deepEqual(problems(text), [
      'r.yaml:4:13: link eth1 is listed twice, expected once',
      'r.yaml:5:5: subnet 1.2.0.0/16 of link eth3 overlaps 1.0.0.0/8 of link eth1, expected separate subnets',
    ]);
    const many = Array.from({ length: 64 }, (_, n) => `  - { name: e${n}, address: 10.${n}.0.1/16 }\n`).join('');
    assert.deepEqual(problems(`router-id: 9.0.0.1\nlinks:\n${many}`), ['r.yaml:66:5: 64 links, expected at most 63']);
  });
});

describe('a configuration for a running router', () => {
  it('has from one to eight workers', () => {
    for (const count of [0, 9])
      assert.match(problemsAfter(`workers: ${count}\n`).join(), /^r\.yaml:5:10: workers.*expected.*1 to 8/);
  });

  it('must not change what others know the router by', () => {
    const running = readConfig('r.yaml', GOOD);
    assert.deepEqual(problems(GOOD, running), []);
    const changed = `router-id: 10.0.0.2
workers: 2
virtual-link: { name: vl9, address: 10.0.0.1 }
controller: { user: daemon }
control-socket: /tmp/other.sock
`;
    const refusal = 'differs from that of the running router, expected no change (restart to change it)';
    assert.deepEqual(problems(changed, running), [
      `r.yaml:1:12: router-id ${refusal}`,
      `r.yaml:2:10: workers ${refusal}`,
      `r.yaml:3:23: virtual-link.name ${refusal}`,
      `r.yaml:4:21: controller.user ${refusal}`,
      `r.yaml:5:17: control-socket ${refusal}`,
    ]);
  });
});
