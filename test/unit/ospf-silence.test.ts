import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OspfNetwork } from '../support/ospf-network.js';

test('who was rejected, and is not heard any more, is said to be silent as well', () => {
  const network = new OspfNetwork();
  const here = network.addRouter('here', { routerId: 0x01010101 });
  const there = network.addRouter('there', { routerId: 0x02020202 });
  const wire = network.connect(here, there, { mtus: [1500, 1500], interface: { type: 'point-to-point' } });
  const interfaces = there.config.interfaces.map((config) => ({ ...config, helloIntervalSeconds: 5 }));
  network.configure(there, { interfaces });
  const codes = () => here.instance.diagnosis('eth0', network.nowMs)?.map(({ code }) => code);
  network.run(60_000);
  assert.deepEqual(codes(), ['hello-interval']);
  wire.silent = true;
  network.run(110_000);
  assert.deepEqual(codes(), ['hello-interval', 'silence']);
});
