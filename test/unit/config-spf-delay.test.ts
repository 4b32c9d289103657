import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../../src/config/config.js';

const text = (delays: string) => `router-id: 10.0.0.1
links: [{ name: eth1, address: 192.0.2.1/24 }]
ospf:
  spf-delay: { ${delays} }
  interfaces: [{ link: eth1 }]
`;

describe('spf-delay', () => {
  test('has defaults for what is not said', () => {
    const { ospf } = readConfig('r.yaml', text('short: 50, long: 5000'));
    assert.deepEqual(ospf?.spfDelays, {
      initialMs: 0,
      shortMs: 50,
      longMs: 5000,
      timeToLearnMs: 500,
      holddownMs: 1000,
    });
  });

  const refused: readonly [string, string][] = [
    ['initial: 30', '4:14: spf-delay.short is 20 ms, expected no less than initial, 30 ms'],
    ['initial: 9, short: 8', '4:35: spf-delay.short is 8 ms, expected no less than initial, 9 ms'],
    ['short: 321', '4:14: spf-delay.long is 320 ms, expected no less than short, 321 ms'],
    ['time-to-learn: 1000', '4:14: spf-delay.holddown is 1000 ms, expected more than time-to-learn, 1000 ms'],
    ['holddown: 500', '4:26: spf-delay.holddown is 500 ms, expected more than time-to-learn, 500 ms'],
    ['short: -1', '4:23: ospf.spf-delay.short is -1, expected 0 to 600000 milliseconds'],
    [
      'middle: 1',
      '4:16: unknown key "middle" in ospf.spf-delay, expected one of initial, short, long, time-to-learn, holddown',
    ],
  ];
  for (const [delays, message] of refused) {
    test(`refuses ${delays}`, () =>
      assert.throws(() => readConfig('r.yaml', text(delays)), { message: `r.yaml:${message}` }));
  }
});
