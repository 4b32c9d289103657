import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeU16 } from '../../src/base/bytes.js';
import { checksum } from '../../src/base/checksum.js';
import { SeededRandom } from '../../src/base/random.js';
import { isMalformed } from '../../src/wire/malformed.js';
import { lsaChecksum } from '../../src/wire/ospf/fletcher.js';
import { decodeOspfHeader, encodeOspfPacket } from '../../src/wire/ospf/header.js';
import { encodeLsa, LSA_OPAQUE_AREA, LSA_OPAQUE_LINK } from '../../src/wire/ospf/lsa.js';
import { mutate } from '../support/mutation.js';
import { hostStub, OspfNetwork } from '../support/ospf-network.js';
import { Bench, headerOf, interfaceConfig, OWN_ID, Peer, routerLsa } from '../support/ospf-peer.js';

/** What strangers may send: nothing throws, nothing is a defect, work is bounded, and honest neighbors stay. */

const PEER = 0x09090909;

function opaqueLsa(type: number, id: number, bodyBytes: number, sequence = 1): Uint8Array {
  const header = { age: 1, options: 0x42, type, id, advertisingRouter: PEER, sequence: (0x80000000 + sequence) | 0 };
  return encodeLsa(header, new Uint8Array(bodyBytes));
}

/** Real packets of all types: what two routers say to each other until they agree. */
function realPackets(): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const network = new OspfNetwork();
  network.onSend = (_router, send) => packets.push(send.payload);
  const a = network.addRouter('a', { routerId: PEER, stubs: [hostStub(1)] });
  const b = network.addRouter('b', { routerId: 0x08080808, stubs: [hostStub(2)] });
  const c = network.addRouter('c', { routerId: 3 });
  network.connect(a, b);
  network.run(10_000);
  network.connect(b, c);
  network.run(20_000);
  return packets;
}

/** Makes the checksums right again, so that damage gets further than the first check. */
function mend(damaged: Uint8Array): Uint8Array {
  const packet = damaged.slice(0, damaged.length & ~3);
  if (packet.length < 24) return packet;
  if (packet[1] === 4 && packet.length >= 48) {
    const end = 28 + ((packet[46] << 8) | packet[47]);
    if (end <= packet.length && end >= 48) writeU16(packet, 44, lsaChecksum(packet.subarray(28, end)));
  }
  writeU16(packet, 2, packet.length);
  packet.fill(0, 12, 24);
  writeU16(packet, 12, checksum(packet, 0, packet.length));
  return packet;
}

test('damaged packets of all types: no throw, no defect, and whatever state they lead to, Full again afterwards', () => {
  const packets = realPackets();
  const types = new Set(packets.map((packet) => packet[1]));
  assert.deepEqual([...types].sort(), [1, 2, 3, 4, 5]);
  const random = new SeededRandom(11);
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  let accepted = 0;
  for (let round = 0; round < 20_000; round++) {
    if (round % 500 === 0) {
      bench.pass(60_000);
      peer.becomeFull();
    }
    const damaged = mend(mutate(packets[random.nextU32() % packets.length], packets, random));
    if (!isMalformed(decodeOspfHeader(damaged))) accepted++;
    peer.sendRaw(damaged);
    if (round % 50 === 0) bench.pass(100);
    for (const output of bench.outputs) assert.notEqual(output.kind === 'event' && output.name, 'defect');
    assert.ok(bench.outputs.length < 1000, 'a packet leads to a bounded number of others');
    bench.outputs = [];
  }
  assert.ok(accepted > 10_000, `${accepted} got past the header`);
  bench.pass(3_700_000);
  peer.sequence += 100;
  peer.becomeFull();
  assert.ok(['Full', 'Loading'].includes(bench.state(PEER)), bench.state(PEER));
});

test('a count of four billion LSAs in a short update is malformed, and nothing is reserved for it', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  const lsa = routerLsa(PEER, 1);
  peer.sendRaw(encodeOspfPacket(4, PEER, 0, Uint8Array.of(0xff, 0xff, 0xff, 0xff, ...lsa)));
  assert.deepEqual(bench.instance.rejectionCounters(), { malformed: 1 });
  assert.equal(bench.state(PEER), 'Full');
});

test('a flood of LSAs ends at the limit, and what is known is still updated', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  for (let id = 1; id <= 51_000; id += 50) {
    peer.update(...Array.from({ length: 50 }, (_, index) => routerLsa(0x20000000 + id + index, 1)));
    bench.outputs = [];
  }
  assert.equal(bench.instance.statistics().lsas, 50_000);
  assert.ok((bench.instance.rejectionCounters()['lsa-limit'] ?? 0) >= 1000);
  bench.pass(1000);
  peer.hello();
  peer.update(routerLsa(0x20000001, 2));
  assert.equal(bench.lsa(1, 0x20000001, 0x20000001)?.sequence, 0x80000002 | 0);
});

test('a flood of LSAs of link scope in the name of one router leaves room for others', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  for (let id = 1; id <= 26_000; id += 50) {
    peer.update(...Array.from({ length: 50 }, (_, index) => opaqueLsa(LSA_OPAQUE_LINK, id + index, 4)));
    bench.outputs = [];
  }
  assert.equal(bench.instance.rejectionCounters()['lsa-limit'], 1000);
  peer.update(routerLsa(0x20000001, 1));
  assert.ok(bench.lsa(1, 0x20000001, 0x20000001) !== undefined);
});

test('a flood of the largest LSAs ends when they are 64 MiB together, and what does not grow is still updated', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  const before = bench.instance.statistics().lsas;
  for (let id = 1; id <= 1050; id++) {
    peer.update(opaqueLsa(LSA_OPAQUE_AREA, id, 64_980));
    bench.outputs = [];
  }
  const taken = Math.floor((64 * 2 ** 20) / 65_000);
  assert.ok([0, 1].includes(before + taken - bench.instance.statistics().lsas));
  assert.equal(bench.state(PEER), 'Full');
  bench.pass(1000);
  peer.hello();
  peer.update(opaqueLsa(LSA_OPAQUE_AREA, 1, 64_980, 2));
  assert.equal(bench.lsa(LSA_OPAQUE_AREA, 1, PEER)?.sequence, 0x80000002 | 0);
  peer.update(opaqueLsa(LSA_OPAQUE_AREA, 1, 4, 3));
  bench.pass(1000);
  assert.equal(bench.lsa(LSA_OPAQUE_AREA, 1, PEER)?.sequence, 0x80000002 | 0, 'MinLSArrival');
  peer.update(opaqueLsa(LSA_OPAQUE_AREA, 1, 4, 3));
  peer.update(opaqueLsa(LSA_OPAQUE_AREA, 1051, 64_000));
  assert.ok(bench.lsa(LSA_OPAQUE_AREA, 1051, PEER) !== undefined, 'there is room again');
});

test('an LSA with checksum 0, or cut short, or with a length below its header, is not installed', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  const zero = routerLsa(7, 1);
  zero.fill(0, 16, 18);
  peer.update(zero);
  const short = routerLsa(7, 1);
  writeU16(short, 18, 19);
  peer.update(short);
  peer.update(routerLsa(7, 1).subarray(0, 22));
  assert.equal(bench.lsa(1, 7, 7), undefined);
  assert.deepEqual(bench.instance.rejectionCounters(), { lsa: 1, malformed: 2 });
});

test('another router with our ID is reported, not fought', () => {
  const bench = new Bench();
  bench.sent();
  for (let round = 0; round < 5; round++) new Peer(bench, OWN_ID).hello([]);
  const events = bench.take('event').filter((event) => event.name === 'duplicate-router-id');
  assert.equal(events.length, 1);
  assert.deepEqual(bench.sent(), []);
});

test('the reserved sequence number is the oldest of all', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  peer.update(routerLsa(7, 0));
  assert.equal(bench.lsa(1, 7, 7)?.sequence, 0x80000000 | 0);
  bench.pass(1000);
  peer.update(routerLsa(7, 1));
  assert.equal(headerOf(routerLsa(7, 1)).sequence, bench.lsa(1, 7, 7)?.sequence);
});

test('descriptions of LSAs without end are noted up to the limit', () => {
  const bench = new Bench();
  const peer = new Peer(bench, PEER);
  peer.hello();
  peer.description(7, 700);
  for (let packet = 0; packet < 1000; packet++) {
    const header = headerOf(routerLsa(1, 1));
    const headers = Array.from({ length: 60 }, (_, index) => {
      const id = 0x20000000 + 60 * packet + index;
      return { ...header, id, advertisingRouter: id };
    });
    peer.description(3, 701 + packet, headers);
    bench.outputs = [];
  }
  assert.equal(bench.state(PEER), 'Exchange');
  assert.equal(bench.instance.neighbors(0)[0].toRequest, 50_000);
  assert.equal(bench.instance.rejectionCounters()['lsa-limit'], 10_000);
});

test('a neighbor that acknowledges nothing is sent ten packets at a time', () => {
  const bench = new Bench({
    interfaces: [
      interfaceConfig(),
      interfaceConfig({ name: 'eth1', address: { address: 0x0a000005, prefixLength: 30 } }),
    ],
  });
  const peer = new Peer(bench, PEER);
  peer.becomeFull();
  new Peer(bench, 0x08080808, 'eth1', 0x0a000006).becomeFull();
  for (let id = 1; id <= 2000; id += 40) {
    peer.update(...Array.from({ length: 40 }, (_, index) => routerLsa(0x20000000 + id + index, 1)));
  }
  bench.sent();
  const counts: number[] = [];
  bench.pass(4999);
  bench.sent();
  for (let round = 0; round < 4; round++) {
    bench.pass(round === 0 ? 1 : 20);
    counts.push(bench.sent().filter((packet) => packet.interface === 'eth1' && packet.type === 4).length);
  }
  assert.deepEqual(counts, [10, 10, 10, 4]);
});
