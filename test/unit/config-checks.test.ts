import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CheckConfig, readConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/problem.js';

const HEAD = `router-id: 10.0.0.1
links: [{ name: eth1, address: 1.1.1.1/8 }]
vips:
  - name: web
    address: 3.3.3.3
    checks:
`;

function checkOf(text: string): CheckConfig | undefined {
  return readConfig('r.yaml', `${HEAD}      - ${text}\n`).vips[0]?.checks[0];
}

function problemOf(text: string): string {
  try {
    checkOf(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('checks of a VIP', () => {
  it('have defaults', () => {
    assert.deepEqual(checkOf('{ tcp: "127.0.0.1:80" }'), {
      probe: { kind: 'tcp', host: '127.0.0.1', port: 80 },
      intervalMs: 1000,
      timeoutMs: 1000,
      rise: 2,
      fall: 3,
      initial: 'down',
    });
  });

  it('are of six kinds', () => {
    const http = checkOf(
      '{ http: "https://127.0.0.1/x", status: [200, 301-302], body: ok, host: a.org, insecure: true }',
    );
    assert.deepEqual(http?.probe, {
      kind: 'http',
      url: new URL('https://127.0.0.1/x'),
      method: 'GET',
      status: [
        [200, 200],
        [301, 302],
      ],
      body: 'ok',
      host: 'a.org',
      insecure: true,
    });
    assert.deepEqual(checkOf('{ dns: www.example.org, answer: 192.0.2.7 }')?.probe, {
      kind: 'dns',
      name: 'www.example.org',
      server: '127.0.0.1',
      address: '192.0.2.7',
    });
    const command = checkOf(
      '{ command: [/usr/bin/test, -e, /run/ready], interval: 10, timeout: 50, rise: 1, fall: 9 }',
    );
    assert.deepEqual(command?.probe, { kind: 'command', program: '/usr/bin/test', args: ['-e', '/run/ready'] });
    assert.deepEqual([command?.intervalMs, command?.timeoutMs, command?.rise, command?.fall], [10, 50, 1, 9]);
    assert.deepEqual(checkOf('{ icmp: 192.0.2.1 }')?.probe, { kind: 'icmp', address: '192.0.2.1' });
    assert.deepEqual(checkOf('{ process: nginx, initial: up }')?.probe, { kind: 'process', name: 'nginx' });
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['nothing to try', '{ interval: 100 }', /r\.yaml:7:\d+: .*exactly one of tcp, http, dns, icmp, command, process/],
    ['two things to try', '{ tcp: "a:1", process: b }', /exactly one of tcp, http, dns, icmp, command, process/],
    ['a name where an address is to be', '{ icmp: www.example.org }', /icmp is .*expected an IPv4 address/],
    ['a port of 0', '{ tcp: "127.0.0.1:0" }', /tcp is "127\.0\.0\.1:0", expected HOST:PORT/],
    ['a URL of another scheme', '{ http: "ftp://a/" }', /expected a URL such as http:/],
    ['a status that is none', '{ http: "http://a/", status: 700 }', /expected .*a status such as 200/],
    ['a command line', '{ command: "test -e /run/ready" }', /expected a program with its arguments/],
    ['an option of another kind', '{ tcp: "a:1", body: ok }', /body.*nothing but beside "http"/],
    ['an interval that is too short', '{ process: a, interval: 1 }', /expected 10 to 3600000 milliseconds/],
  ];
  for (const [what, text, expected] of wrong) {
    it(`say what is wrong with ${what}`, () => assert.match(problemOf(text), expected));
  }

  it('of a VIP that is no list say so', () => {
    assert.throws(() => readConfig('r.yaml', `${HEAD}      tcp: "a:1"\n`), /checks/);
  });
});

describe('the VIP that the host has as its source', () => {
  it('has to be one', () => {
    const text = (name: string) => `${HEAD}      []\nvirtual-link: { source-vip: ${name} }\n`;
    assert.equal(readConfig('r.yaml', text('web')).virtualLink.sourceVip, 'web');
    assert.throws(() => readConfig('r.yaml', text('mail')), /there is no VIP mail, expected the name of one \(web\)/);
  });
});
