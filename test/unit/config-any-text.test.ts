import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/problem.js';

const GOOD = `router-id: 10.0.0.1
links:
  - { name: eth1, address: 1.1.1.1/8, mtu: 1400 }
routes:
  - { prefix: 10.9.0.0/16, via: [1.0.0.2] }
ospf:
  area: 0
  areas: [{ id: 0, type: normal }]
  redistribute: { static: { metric: 3 } }
  interfaces: [{ link: eth1, hello-interval: 1, bfd: { interval: 50 }, authentication: { password: s } }]
vips:
  - { name: web, address: 3.3.3.3 }
`;

/** Whatever the text is, it is read or refused with problems that lie in it. */
function survives(text: string): void {
  try {
    readConfig('r.yaml', text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, `${String(error)} for ${JSON.stringify(text)}`);
    assert.ok(error.problems.length > 0);
    const lines = text.split(/\r\n|\r|\n/).length;
    for (const { line, column, message } of error.problems) {
      assert.ok(line >= 1 && line <= lines + 1 && column >= 1, `${line}:${column} in ${JSON.stringify(text)}`);
      assert.match(message, /, expected |^not valid YAML[:,] /, message);
    }
  }
}

it('any text is read or refused', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), survives), { numRuns: 1000 });
});

it('any change of a good file is read or refused', () => {
  const change = fc.tuple(fc.nat(GOOD.length), fc.nat(20), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(change, ([at, removed, added]) => survives(GOOD.slice(0, at) + added + GOOD.slice(at + removed))),
    { numRuns: 3000 },
  );
});

it('any YAML value is read or refused', () => {
  const key = fc.constantFrom(
    'router-id',
    'links',
    'vips',
    'routes',
    'ospf',
    'name',
    'via',
    'interfaces',
    'bfd',
    'keys',
    'x',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', 'a', '10.0.0.1', '10.0.0.0/8'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (any) => survives(JSON.stringify(any))),
    { numRuns: 2000 },
  );
});

it('depth without end is refused', () => {
  survives('['.repeat(20_000));
  survives(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
});
