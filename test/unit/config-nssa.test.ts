import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/problem.js';

/** Area 1 is an NSSA; the second interface is in `area`. */
const file = (mode: string, area: number) => `router-id: 10.0.0.1
links:
  - { name: eth1, address: 192.0.2.1/30 }
  - { name: eth2, address: 192.0.2.5/30 }
ospf:
  mode: ${mode}
  areas: [{ id: 1, type: nssa }]
  interfaces: [{ link: eth1, area: 1 }, { link: eth2, area: ${area} }]
`;

it('an NSSA has no area border router in us: it is refused beside the backbone, unless we are a host', () => {
  assert.throws(
    () => readConfig('r.yaml', file('router', 0)),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(
        error.message,
        'r.yaml:7:26: area 0.0.0.1 is an NSSA and we are its border router, which translates nothing: ' +
          'expected stub or normal, mode: host, or no interface in area 0',
      );
      return true;
    },
  );
  for (const [mode, area] of [
    ['host', 0],
    ['router', 1],
    ['router', 2],
  ] as const) {
    const { ospf } = readConfig('r.yaml', file(mode, area));
    assert.deepEqual(ospf?.areas, [{ id: 1, type: 'nssa', summaries: true, defaultCost: 1 }], `${mode}, area ${area}`);
  }
});
