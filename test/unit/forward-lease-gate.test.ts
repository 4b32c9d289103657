import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LeaseGate } from '../../src/forward/lease-gate.js';
import { PlaneBench, packet } from '../support/plane-bench.js';

const VIP = '203.0.113.9';

class LeaseBench extends PlaneBench {
  constructor() {
    super();
    this.route(`${VIP}/32`, ['deliver-leased']);
    this.route('198.51.100.0/24', ['via 10.0.1.9 on 1']);
    this.learn(1, '10.0.1.9');
  }

  /** For so long from now. */
  grant(forUs: number): void {
    LeaseGate.write(this.memory.lease, this.nowUs + forUs);
  }

  /** How many packets pass: of two to the VIP by a wire, and of three from it by the virtual link. */
  passing(): [number, number] {
    for (let count = 0; count < 2; count++) this.receivePacket(1, packet());
    for (let count = 0; count < 3; count++) this.receivePacket(0, packet({ source: VIP, destination: '198.51.100.7' }));
    return [this.sent(0).length, this.sent(1).length];
  }
}

describe('the gate of leases', () => {
  it('is shut until there is one, and says nothing', () => {
    const bench = new LeaseBench();
    assert.deepEqual(bench.passing(), [0, 0]);
    assert.deepEqual(bench.drops(), { '0 lease-expired': 3, '1 lease-expired': 2 });
  });

  it('is open while it lasts', () => {
    const bench = new LeaseBench();
    bench.grant(500_000);
    assert.deepEqual(bench.passing(), [2, 3]);
    bench.nowUs += 499_999;
    assert.deepEqual(bench.passing(), [2, 3]);
    assert.deepEqual(bench.drops(), {});
  });

  it('is shut from its end on, whatever was forwarded last, and opens with the next one', () => {
    const bench = new LeaseBench();
    bench.grant(500_000);
    bench.passing();
    bench.nowUs += 500_000;
    assert.deepEqual(bench.passing(), [0, 0]);
    bench.grant(500_000);
    assert.deepEqual(bench.passing(), [2, 3]);
  });

  it('lets pass what the host says in another name', () => {
    const bench = new LeaseBench();
    bench.receivePacket(0, packet({ source: VIP, destination: '198.51.100.7' }));
    bench.receivePacket(0, packet({ source: '192.0.2.1', destination: '198.51.100.7' }));
    assert.equal(bench.sent(1).length, 1);
    assert.deepEqual(bench.drops(), { '0 lease-expired': 1 });
  });

  it('is no business of other VIPs, and of what the host says where none is leased', () => {
    const bench = new PlaneBench();
    bench.route(`${VIP}/32`, ['deliver']);
    bench.receivePacket(1, packet());
    assert.equal(bench.sent(0).length, 1);
  });
});
