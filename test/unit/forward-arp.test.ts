import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTION_CONNECTED, ACTION_NONE, ACTION_SEND, KIND_NEIGHBOR } from '../../src/forward/adjacency.js';
import { hex, toHex } from '../support/hex.js';
import { arpFrame, hostMac, ip, PlaneBench, packet } from '../support/plane-bench.js';

const SECOND = 1e6;

function bench(): PlaneBench {
  const made = new PlaneBench();
  made.connect();
  return made;
}

/** Of each ARP message that a link sent: operation, sender, target, and whether it went to all. */
function arps(made: PlaneBench, link: number): string[] {
  return made.sent(link).flatMap(({ frame }) => {
    if (frame[12] !== 8 || frame[13] !== 6) return [];
    const address = (at: number): string => frame.subarray(at, at + 4).join('.');
    const operation = frame[21] === 1 ? 'request' : 'reply';
    return [`${operation} ${address(28)} ${address(38)}${frame[0] === 0xff ? ' all' : ''}`];
  });
}

test('a request for the own address of the link is answered, byte for byte', () => {
  const made = bench();
  made.receive(2, arpFrame(2, 'request', '10.0.2.9', '10.0.2.1'));
  assert.deepEqual(
    made.sent(2).map(({ frame }) => toHex(frame)),
    ['06000a000209' + '020000000002' + '0806' + '0001080006040002' + '0200000000020a000201' + '06000a0002090a000209'],
  );
});

test('requests for other addresses are not answered, also not for those of other links', () => {
  const made = bench();
  for (const target of ['10.0.1.1', '10.0.2.77', '192.0.2.1'])
    made.receive(2, arpFrame(2, 'request', '10.0.2.9', target));
  assert.deepEqual(arps(made, 2), []);
});

test('an address probe (sender 0) for the own address is answered and teaches nothing', () => {
  const made = bench();
  made.receive(2, arpFrame(2, 'request', '0.0.0.0', '10.0.2.1'));
  assert.deepEqual(arps(made, 2), ['reply 10.0.2.1 0.0.0.0']);
});

test('malformed messages are counted', () => {
  const made = bench();
  for (const [at, value] of [
    [15, 2],
    [17, 1],
    [18, 5],
    [21, 3],
    [22, 1],
  ]) {
    const frame = arpFrame(2, 'request', '10.0.2.9', '10.0.2.1');
    frame[at] = value;
    made.receive(2, frame);
  }
  made.receive(2, arpFrame(2, 'request', '10.0.2.9', '10.0.2.1').subarray(0, 41));
  assert.deepEqual(made.drops(), { '2 bad-arp': 6 });
});

test('the next hop of a route is resolved before any packet comes', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.9 all']);
});

test('a packet for a host waits for the answer and goes out with its TTL less one', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: '10.0.2.40' }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.40 all']);
  made.receive(2, arpFrame(2, 'reply', '10.0.2.40', '10.0.2.1'));
  const [sent] = made.sent(2);
  assert.deepEqual(sent.frame.subarray(0, 6), hostMac('10.0.2.40'));
  assert.equal(sent.packet[8], 63);
  assert.deepEqual(made.drops(), {});
});

test('three packets wait for a neighbor, the newest ones', () => {
  const made = bench();
  for (let identification = 1; identification <= 5; identification++) {
    made.receivePacket(1, packet({ destination: '10.0.2.40', identification }));
  }
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.40 all']);
  made.receive(2, arpFrame(2, 'reply', '10.0.2.40', '10.0.2.1'));
  assert.deepEqual(
    made.sent(2).map((sent) => sent.packet[5]),
    [3, 4, 5],
  );
  assert.deepEqual(made.drops(), { '1 neighbor-queue-full': 2 });
});

test('packets that wait are bounded over all neighbors', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 256 } });
  made.connect();
  for (let host = 2; host < 202; host++) made.receivePacket(1, packet({ destination: `10.0.2.${host}` }));
  assert.deepEqual(made.drops(), { '1 neighbor-queue-full': 200 - 96 });
});

test('a scan of a subnet leaves room for what waits for the next hop of a route', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 256 } });
  made.connect();
  made.route('203.0.113.0/24', ['via 10.0.3.9 on 3']);
  for (let host = 2; host < 202; host++) made.receivePacket(1, packet({ destination: `10.0.2.${host}` }));
  made.sent(3);
  for (let identification = 1; identification <= 3; identification++) made.receivePacket(1, packet({ identification }));
  made.receive(3, arpFrame(3, 'reply', '10.0.3.9', '10.0.3.1'));
  assert.deepEqual(
    made.sent(3).map((sent) => sent.packet[5]),
    [1, 2, 3],
  );
});

test('room for waiting packets comes back, whether the neighbor answers, fails or becomes a next hop', () => {
  const made = bench();
  for (let round = 0; round < 60; round++) {
    const [answers, fails, routed] = [0, 1, 2].map((i) => `10.0.2.${2 + round * 3 + i}`);
    for (const destination of [answers, fails, routed]) {
      for (let i = 0; i < 3; i++) made.receivePacket(1, packet({ destination }));
    }
    made.route(`203.0.${round}.0/24`, [`via ${routed} on 2`]);
    made.receive(2, arpFrame(2, 'reply', answers, '10.0.2.1'), arpFrame(2, 'reply', routed, '10.0.2.1'));
    assert.equal(made.sent(2).filter(({ frame }) => frame[13] === 0).length, 6);
    made.pass(10 * SECOND);
    made.engine.adjacencyRemoved(made.path(`via ${routed} on 2`));
  }
  assert.deepEqual(made.drops(), { '1 neighbor-unreachable': 180, '0 no-route': 180 });
});

test('three requests a second apart, then host unreachable and silence for a while', () => {
  const made = bench();
  made.learn(1, '10.0.1.7');
  made.receivePacket(1, packet({ source: '10.0.1.7', destination: '10.0.2.40' }));
  assert.equal(arps(made, 2).length, 1);
  made.pass(1.2 * SECOND);
  assert.equal(arps(made, 2).length, 1);
  made.pass(1.2 * SECOND);
  assert.equal(arps(made, 2).length, 1);
  assert.deepEqual(made.sent(1), []);
  made.pass(1.2 * SECOND);
  assert.deepEqual(arps(made, 2), []);
  const [error] = made.sent(1);
  assert.equal(toHex(error.packet.subarray(20, 22)), '0301');
  assert.deepEqual(error.packet.subarray(28), packet({ source: '10.0.1.7', destination: '10.0.2.40' }));
  made.receivePacket(1, packet({ source: '10.0.1.7', destination: '10.0.2.40' }));
  assert.equal(made.sent(1).length, 1);
  assert.deepEqual(arps(made, 2), []);
  assert.deepEqual(made.drops(), { '1 neighbor-unreachable': 2 });
  made.pass(6 * SECOND);
  made.receivePacket(1, packet({ source: '10.0.1.7', destination: '10.0.2.40' }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.40 all']);
});

test('the next hop of a route is asked for ever', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.pass(20 * SECOND);
  made.sent(2);
  made.pass(20 * SECOND);
  assert.ok(arps(made, 2).length >= 3);
  made.receivePacket(1, packet());
  assert.equal(made.drops()['1 neighbor-unreachable'], 1);
  made.receive(2, arpFrame(2, 'reply', '10.0.2.9', '10.0.2.1'));
  made.receivePacket(1, packet());
  assert.equal(made.sent(2).length, 1);
});

test('a next hop is probed by unicast after 30 s, and packets go on meanwhile', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  made.pass(30.2 * SECOND);
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.9']);
  made.pass(2.2 * SECOND);
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.9', 'request 10.0.2.1 10.0.2.9 all']);
  made.receivePacket(1, packet());
  assert.equal(made.sent(2).length, 1);
  made.receive(2, arpFrame(2, 'reply', '10.0.2.9', '10.0.2.1'));
  made.pass(5 * SECOND);
  made.receivePacket(1, packet());
  assert.equal(made.sent(2).length, 1);
});

test('a next hop that answers no probe is unreachable', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  made.pass(34 * SECOND);
  made.receivePacket(1, packet());
  assert.deepEqual(made.drops(), { '1 neighbor-unreachable': 1, '0 no-route': 1 });
});

test('a host that is not in use is forgotten without a question', () => {
  const made = bench();
  made.learn(2, '10.0.2.40');
  made.pass(61 * SECOND);
  assert.deepEqual(arps(made, 2), []);
  assert.equal(made.engine.tick(made.nowUs), -1);
  made.receivePacket(1, packet({ destination: '10.0.2.40' }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.40 all']);
});

test('a host in use is probed', () => {
  const made = bench();
  made.learn(2, '10.0.2.40');
  made.receivePacket(1, packet({ destination: '10.0.2.40' }));
  made.sent(2);
  made.pass(30.2 * SECOND);
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.40']);
});

test('gratuitous ARP moves a known neighbor and makes no new one', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  const moved = arpFrame(2, 'request', '10.0.2.9', '10.0.2.9');
  moved.set(hex('0600000000ee'), 22);
  made.receive(2, moved, arpFrame(2, 'request', '10.0.2.50', '10.0.2.50'));
  made.receivePacket(1, packet());
  assert.equal(toHex(made.sent(2)[0].frame.subarray(0, 6)), '0600000000ee');
  made.receivePacket(1, packet({ destination: '10.0.2.50' }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.50 all']);
});

test('an unasked answer for a stranger makes no entry', () => {
  const made = bench();
  made.receive(2, arpFrame(2, 'reply', '10.0.2.60', '10.0.2.1'));
  made.receivePacket(1, packet({ destination: '10.0.2.60' }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.60 all']);
});

test('someone else with our address is told, once in 10 s, and never learned', () => {
  const made = bench();
  made.receive(2, arpFrame(2, 'request', '10.0.2.1', '10.0.2.1'));
  made.receive(2, arpFrame(2, 'request', '10.0.2.1', '10.0.2.9'));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.1 all']);
  assert.equal(made.count(2, 'arpConflicts'), 2);
  made.pass(11 * SECOND);
  made.receive(2, arpFrame(2, 'request', '10.0.2.1', '10.0.2.1'));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.1 all']);
});

test('broadcast addresses of a subnet are neither asked for nor answered', () => {
  const made = bench();
  made.receivePacket(1, packet({ destination: '10.0.2.255' }));
  made.receivePacket(1, packet({ destination: '10.0.2.0' }));
  assert.deepEqual(arps(made, 2), []);
  assert.deepEqual(made.drops(), { '1 directed-broadcast': 2 });
});

test('a full table gives up what is missed least and keeps neighbors in use', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 16 } });
  made.connect();
  made.learn(2, '10.0.2.200');
  made.receivePacket(1, packet({ destination: '10.0.2.200' }));
  assert.equal(made.sent(2).length, 1);
  for (let host = 2; host < 102; host++) made.receivePacket(1, packet({ destination: `10.0.2.${host}` }));
  made.sent(2);
  made.receivePacket(1, packet({ destination: '10.0.2.200' }));
  assert.equal(made.sent(2).filter(({ frame }) => frame[13] === 0).length, 1);
  assert.equal(made.drops()['1 neighbor-queue-full'], 100 - 15);
});

test('a route takes over the neighbor that is already known, with the packet that waits for it', () => {
  const made = bench();
  made.learn(2, '10.0.2.9');
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  assert.deepEqual(arps(made, 2), []);
  made.receivePacket(1, packet());
  assert.equal(made.sent(2).length, 1);
  made.receivePacket(1, packet({ destination: '10.0.2.10' }));
  made.route('203.0.114.0/24', ['via 10.0.2.10 on 2']);
  made.receive(2, arpFrame(2, 'reply', '10.0.2.10', '10.0.2.1'));
  assert.equal(made.sent(2).filter(({ frame }) => frame[13] === 0).length, 1);
});

test('a removed adjacency leaves its neighbor to be found anew', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  made.engine.adjacencyRemoved(made.path('via 10.0.2.9 on 2'));
  made.receivePacket(1, packet({ destination: '10.0.2.9' }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.9 all']);
});

test('what waits when the link is lost is dropped', () => {
  const made = bench();
  made.learn(1, '10.0.1.7');
  made.receivePacket(1, packet({ source: '10.0.1.7', destination: '10.0.2.40' }));
  made.setUp(2, false);
  assert.deepEqual(made.drops(), { '1 link-down': 1 });
  assert.equal(toHex(made.sent(1)[0].packet.subarray(20, 22)), '0300');
  assert.equal(made.table.address[made.path('on 2')], ip('0.0.0.0'));
});

test('tick says when it wants to be called again', () => {
  const made = bench();
  assert.equal(made.engine.tick(made.nowUs), -1);
  made.receivePacket(1, packet({ destination: '10.0.2.40' }));
  const next = made.engine.tick(made.nowUs);
  assert.ok(next > 0.9 * SECOND && next <= 1.1 * SECOND, `${next}`);
});

test('nobody can claim a multicast address', () => {
  const made = bench();
  const hello = packet({ source: '10.0.2.1', destination: '224.0.0.5', protocol: 89, ttl: 1 });
  made.inject(2, '0.0.0.0', hello);
  made.receive(2, arpFrame(2, 'request', '224.0.0.5', '10.0.2.1'));
  made.sent(2);
  made.inject(2, '0.0.0.0', hello);
  assert.equal(toHex(made.sent(2)[0].frame.subarray(0, 6)), '01005e000005');
});

test('a second adjacency of the same neighbor takes over from one that is about to be removed', () => {
  const made = bench();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9');
  const before = made.path('via 10.0.2.9 on 2');
  const after = 60;
  made.table.define(after, KIND_NEIGHBOR, 2, ip('10.0.2.9'));
  made.engine.adjacencyDefined(after, made.nowUs);
  made.engine.adjacencyRemoved(before);
  assert.deepEqual([made.table.action[before], made.table.action[after]], [ACTION_NONE, ACTION_SEND]);
  made.receivePacket(1, packet({ destination: '10.0.2.9' }));
  assert.equal(made.table.packets[after], 1);
  made.receivePacket(1, packet({ destination: '10.0.2.41' }));
  assert.equal(made.table.kind[before], 0);
});

test('a scan of a subnet makes no storm of requests', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 2048 } });
  made.connect();
  made.route('10.3.0.0/16', ['on 2']);
  for (let host = 0; host < 1000; host++) {
    made.receivePacket(1, packet({ destination: `10.3.${host >> 8}.${host & 255}` }));
  }
  assert.equal(arps(made, 2).length, 256);
});

test('errors about what waited on a lost link find their neighbors in a full table', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 4 } });
  made.connect();
  const sources = ['10.0.1.50', '10.0.1.51', '10.0.1.52', '10.0.1.53'];
  for (const [i, source] of sources.entries()) made.receivePacket(1, packet({ source, destination: `10.0.2.4${i}` }));
  made.setUp(2, false);
  const asked = arps(made, 1);
  made.receive(1, ...sources.map((source) => arpFrame(1, 'reply', source, '10.0.1.1')));
  const errors = made.sent(1);
  // One of the four that waited had to make room for the first of the errors.
  assert.deepEqual(made.drops(), { '1 link-down': 3, '1 neighbor-queue-full': 1 });
  assert.equal(asked.length, 3);
  assert.equal(errors.length, 3);
  for (const { frame, packet: error } of errors) {
    assert.deepEqual(frame.subarray(0, 6), hostMac(error.subarray(16, 20).join('.')));
  }
  // Every index has one owner: four new neighbors do not share any.
  for (const link of [1, 2]) {
    made.setUp(link, false);
    made.setUp(link, true);
    made.sent(link);
  }
  const hosts = ['10.0.2.60', '10.0.2.61', '10.0.2.62', '10.0.2.63'];
  for (const destination of hosts) made.receivePacket(1, packet({ destination }));
  made.receive(2, ...hosts.map((host) => arpFrame(2, 'reply', host, '10.0.2.1')));
  const sent = made.sent(2).filter(({ frame }) => frame[13] === 0);
  assert.deepEqual(
    sent.map(({ frame }) => toHex(frame.subarray(0, 6))),
    hosts.map((host) => toHex(hostMac(host))),
  );
});

test('an error about a packet for a silent neighbor may take the place of that neighbor', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 1 } });
  made.connect();
  for (let i = 0; i < 2; i++) made.receivePacket(1, packet({ source: '10.0.1.50', destination: '10.0.2.40' }));
  made.pass(3.5 * SECOND);
  assert.deepEqual(arps(made, 1), ['request 10.0.1.1 10.0.1.50 all']);
  made.receive(1, arpFrame(1, 'reply', '10.0.1.50', '10.0.1.1'));
  assert.equal(made.sent(1).length, 2);
  assert.deepEqual(made.drops(), { '1 neighbor-unreachable': 2 });
});

test('the control plane gets a neighbor even if all are in use, and whatever the rate of new hosts', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 300 } });
  made.connect();
  const hosts = Array.from({ length: 300 }, (_, i) => `10.0.${i < 200 ? 2 : 3}.${2 + (i % 200)}`);
  for (const [i, host] of hosts.entries()) made.learn(i < 200 ? 2 : 3, host);
  for (const destination of hosts) made.receivePacket(1, packet({ destination }));
  made.receivePacket(1, packet({ destination: '10.0.2.250' }));
  assert.deepEqual(made.drops(), { '1 neighbor-table-full': 1 });
  made.sent(2);
  const hello = packet({ source: '10.0.2.1', destination: '224.0.0.5', protocol: 89, ttl: 1 });
  made.inject(2, '0.0.0.0', hello);
  assert.deepEqual(made.sent(2)[0].packet, hello);
  made.inject(2, '10.0.2.251', packet({ source: '10.0.2.1', destination: '10.0.2.251', protocol: 89, ttl: 1 }));
  assert.deepEqual(arps(made, 2), ['request 10.0.2.1 10.0.2.251 all']);
  assert.deepEqual(made.drops(), { '1 neighbor-table-full': 1 });
});

test('the control plane asks for its neighbor while a scan uses up the rate of new hosts', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 2048 } });
  made.connect();
  made.route('10.3.0.0/16', ['on 2']);
  for (let host = 0; host < 300; host++) {
    made.receivePacket(1, packet({ destination: `10.3.${host >> 8}.${host & 255}` }));
  }
  made.receivePacket(1, packet({ destination: '10.0.3.9' }));
  made.sent(2);
  assert.deepEqual(arps(made, 3), []);
  made.inject(3, '10.0.3.9', packet({ source: '10.0.3.1', destination: '10.0.3.9', protocol: 89, ttl: 1 }));
  assert.deepEqual(arps(made, 3), ['request 10.0.3.1 10.0.3.9 all']);
});

test('a subnet whose link is down makes no neighbor, even before the worker has heard of its route', () => {
  const made = bench();
  made.setUp(2, false);
  made.route('10.4.0.0/16', ['on 2']);
  made.table.action[made.path('on 2')] = ACTION_CONNECTED;
  made.receivePacket(1, packet({ destination: '10.4.0.9' }));
  assert.equal(made.drops()['1 link-down'], 1);
  made.pass(SECOND);
  assert.equal(made.engine.tick(made.nowUs), -1);
});

test('a storm of forged requests leaves the next hops of routes and the neighbors in use alone', () => {
  const made = new PlaneBench({ adjacencies: { routes: 64, hosts: 16 } });
  made.connect();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(2, '10.0.2.9', '10.0.2.40');
  made.receivePacket(1, packet({ destination: '10.0.2.40' }));
  for (let host = 50; host < 250; host++) made.receive(2, arpFrame(2, 'request', `10.0.2.${host}`, '10.0.2.1'));
  made.sent(2);
  made.receivePacket(1, packet());
  made.receivePacket(1, packet({ destination: '10.0.2.40' }));
  assert.deepEqual(
    made.sent(2).map(({ frame }) => toHex(frame.subarray(0, 6))),
    ['10.0.2.9', '10.0.2.40'].map((host) => toHex(hostMac(host))),
  );
});
