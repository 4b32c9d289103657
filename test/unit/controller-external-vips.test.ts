import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatIpv4 } from '../../src/base/ipv4.js';
import { readConfig } from '../../src/config/config.js';
import { MAX_STUB_VIPS } from '../../src/config/vip-limits.js';
import { ControllerNetwork } from '../support/controller-network.js';

const FIRST = 0x03000001;
const ALL = MAX_STUB_VIPS + 100;
/** In the router-LSA, and the only way to learn of the others. */
const STUB = FIRST + MAX_STUB_VIPS - 1;
const EXTERNAL = FIRST + MAX_STUB_VIPS;

function config(id: number, vips: number, more = ''): string {
  // Not in order: the order of the file is nothing to go by.
  const list = Array.from({ length: vips }, (_, at) => `  - { name: v${at}, address: ${formatIpv4(FIRST + at)} }`);
  return `router-id: 10.0.0.${id}
links:
  - { name: eth1, address: 1.1.1.${id}/30 }
ospf: { interfaces: [{ link: eth1, type: point-to-point, hello-interval: 1, dead-interval: 4 }]${more} }
vips:${vips === 0 ? ' []' : `\n${list.reverse().join('\n')}`}
`;
}

describe('VIPs that one router-LSA has no room for', () => {
  it('are externals, and reach others as stubs do', () => {
    const network = new ControllerNetwork();
    const server = network.add('server', config(1, ALL));
    const router = network.add('router', config(2, 0));
    network.wire('server:eth1', 'router:eth1');
    server.start();
    router.start();
    network.run(60_000);
    const sourceOf = (address: number) => router.controller.rib.best({ address, length: 32 })?.source;
    assert.equal(sourceOf(STUB), 'ospf-intra');
    assert.equal(sourceOf(EXTERNAL), 'ospf-external');
    const vips = Array.from({ length: ALL }, (_, at) => FIRST + at);
    assert.deepEqual(
      vips.filter((vip) => sourceOf(vip) === undefined),
      [],
    );
    const { instance } = router.controller.ospf;
    const isTold = () => [STUB, EXTERNAL].map((vip) => instance?.isHostOf(0x0a000001, vip));
    assert.deepEqual(isTold(), [true, true]);
    for (const vip of [STUB, EXTERNAL]) assert.ok(server.controller.ospf.hasTold(vip, 0));

    server.controller.drain(`v${EXTERNAL - FIRST}`, 0, network.nowMs);
    network.runUntil(() => server.controller.ospf.hasTold(EXTERNAL, 65535));
    network.run(10);
    assert.deepEqual(isTold(), [true, false]);
    network.run(20_000);
    assert.equal(sourceOf(EXTERNAL), undefined);
    assert.ok(server.controller.ospf.hasTold(EXTERNAL, undefined));
  });

  it('are not possible where externals do not go', () => {
    const stub = ', areas: [{ id: 1, type: stub }]';
    const text = (vips: number) => config(1, vips, stub).replace('link: eth1, type', 'link: eth1, area: 1, type');
    assert.throws(() => readConfig('r.yaml', text(ALL)), /5100 VIPs, expected at most 5000: .*area 0\.0\.0\.1/);
    assert.equal(readConfig('r.yaml', text(MAX_STUB_VIPS)).vips.length, MAX_STUB_VIPS);
  });
});
