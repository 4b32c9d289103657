import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum, onesComplementSum } from '../../src/base/checksum.js';
import { decodeIpv4, type Ipv4Packet, pseudoHeaderSum } from '../../src/wire/ipv4.js';
import { hex, toHex } from '../support/hex.js';
import { type Carried, ip, PlaneBench, packet } from '../support/plane-bench.js';

/** Routes: 203.0.113/24 by link 2 (MTU 1500, takes offload), 203.0.114/24 by link 3 (MTU 1400, does not). */
function bench(): PlaneBench {
  const made = new PlaneBench();
  made.connect();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
  made.learn(2, '10.0.2.9');
  made.learn(3, '10.0.3.9');
  return made;
}

function ipOf(bytes: Uint8Array): Ipv4Packet {
  const fields = decodeIpv4(bytes);
  assert.ok('payload' in fields, toHex(bytes));
  return fields;
}

const BODY = Uint8Array.from({ length: 2500 }, (_, i) => (i * 7) % 256);
/** PSH and ACK, sequence number 0x10000000. */
const TCP_HEADER = hex('12340050 10000000 20000000 5018 ffff 0000 0000');
const INNER = { source: '10.9.0.1', destination: '10.9.0.2' };

/** A TCP super-packet, to be put in a tunnel. */
function inside(): Uint8Array {
  const payload = Uint8Array.from([...TCP_HEADER, ...BODY]);
  return packet({ ...INNER, protocol: 6, identification: 7, dontFragment: true, payload });
}

function tunnelled(protocol: number, header: string, destination = '203.0.113.9'): Uint8Array {
  const payload = Uint8Array.from([...hex(header), ...inside()]);
  return packet({ destination, protocol, identification: 0xffff, payload });
}

/** NEEDS_CSUM; GSO TCPv4; segment size 1000; the checksum from the inner TCP header, `before` bytes of headers in. */
function virtio(before: number, type = 1): Uint8Array {
  return Uint8Array.of(1, type, before + 20, 0, 0xe8, 3, before, 0, 16, 0);
}

/** The TCP payloads in the tunnel, after all checksums and lengths around them have been found right. */
function checkedPayloads(sent: readonly Carried[], header: number): Uint8Array[] {
  return sent.map(({ packet: bytes, virtio: offload }, index) => {
    assert.deepEqual(offload, new Uint8Array(10));
    const outer = ipOf(bytes);
    assert.equal(outer.identification, (0xffff + index) & 0xffff);
    const inner = ipOf(outer.payload.subarray(header));
    assert.equal(inner.identification, 7 + index);
    assert.equal(inner.payload.length + 20 + header, outer.payload.length);
    const { payload } = inner;
    const seed = pseudoHeaderSum(ip(INNER.source), ip(INNER.destination), 6, payload.length);
    assert.equal(onesComplementSum(payload, 0, payload.length, seed), 0xffff);
    assert.equal(new DataView(payload.buffer, payload.byteOffset).getUint32(4), 0x10000000 + index * 1000);
    return payload.subarray(20);
  });
}

const TUNNELS: readonly (readonly [string, number, string])[] = [
  ['IPIP', 4, ''],
  ['GRE', 47, '00000800'],
  ['GRE with a key', 47, '20000800 00000009'],
  ['GRE with a checksum and a key', 47, 'a0000800 00000000 00000009'],
];

for (const [name, protocol, header] of TUNNELS) {
  test(`a super-packet in ${name} is segmented, also where the link takes offload`, () => {
    const made = bench();
    const bytes = hex(header).length;
    made.receivePacket(1, tunnelled(protocol, header), virtio(40 + bytes));
    const sent = made.sent(2);
    const payloads = checkedPayloads(sent, bytes);
    assert.deepEqual(
      payloads.map((one) => one.length),
      [1000, 1000, 500],
    );
    assert.deepEqual(Uint8Array.from(payloads.flatMap((one) => [...one])), BODY);
    if (header.startsWith('a')) {
      for (const one of sent) assert.equal(checksum(ipOf(one.packet).payload, 0, ipOf(one.packet).payload.length), 0);
    }
    assert.deepEqual(made.drops(), {});
  });
}

test('also for the own kernel, which cannot know of the tunnel', () => {
  const made = bench();
  made.route('192.0.2.9/32', ['deliver']);
  made.receivePacket(1, tunnelled(4, '', '192.0.2.9'), virtio(40));
  assert.equal(checkedPayloads(made.sent(0), 0).length, 3);
});

test('a super-packet in any other tunnel is dropped, and counted as such', () => {
  const made = bench();
  made.receivePacket(1, tunnelled(47, '10000800 00000001'), virtio(48)); // numbered GRE
  made.receivePacket(1, tunnelled(47, '000086dd'), virtio(44)); // IPv6 inside, or so it says
  made.receivePacket(1, tunnelled(47, '30010800'), virtio(44)); // version 1
  made.receivePacket(1, tunnelled(41, ''), virtio(40, 4)); // 6in4
  made.receivePacket(1, tunnelled(50, '00000001 00000001'), virtio(48)); // ESP
  const vxlan = '12340012b5000000 00000000 0800000000000100 020000000001 020000000002 0800';
  made.receivePacket(1, tunnelled(17, vxlan), virtio(74));
  made.receivePacket(1, tunnelled(17, vxlan), virtio(74, 5)); // a train of datagrams inside
  assert.deepEqual(made.sent(2), []);
  assert.deepEqual(made.drops(), { '1 tunnel-offload': 7 });
});

/** UFO: a datagram of 2,508 bytes that the sender left to the NIC to fragment by 1,000; its checksum is partial. */
function largeDatagram(destination: string): Uint8Array {
  const payload = Uint8Array.from([...hex('12340035 09cc 0000'), ...BODY]);
  const sum = pseudoHeaderSum(ip('198.51.100.7'), ip(destination), 17, payload.length);
  const partial = (sum & 0xffff) + (sum >>> 16);
  payload.set([partial >> 8, partial & 0xff], 6);
  return packet({ destination, payload });
}

const UFO = hex('01 03 1c00 e803 1400 0600');

test('a datagram that was left to the NIC to fragment is made whole and fragmented', () => {
  for (const [destination, link] of [
    ['203.0.113.9', 2],
    ['203.0.114.9', 3],
  ] as const) {
    const made = bench();
    made.receivePacket(1, largeDatagram(destination), UFO);
    const sent = made.sent(link);
    assert.equal(sent.length, 2);
    const whole = Uint8Array.from(sent.flatMap((one) => [...ipOf(one.packet).payload]));
    const seed = pseudoHeaderSum(ip('198.51.100.7'), ip(destination), 17, whole.length);
    assert.equal(onesComplementSum(whole, 0, whole.length, seed), 0xffff);
    assert.deepEqual(whole.subarray(8), BODY);
    for (const one of sent) assert.deepEqual(one.virtio, new Uint8Array(10));
    assert.deepEqual(made.drops(), {});
  }
});

test('such a datagram is delivered to the own kernel in one piece', () => {
  const made = bench();
  made.route('192.0.2.9/32', ['deliver']);
  made.receivePacket(1, largeDatagram('192.0.2.9'), UFO);
  const [sent] = made.sent(0);
  assert.equal(sent.packet.length, 2528);
  assert.deepEqual(sent.virtio, new Uint8Array(10));
});
