import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COALESCE_TCP, COALESCE_UDP } from '../../src/forward/coalesce-kind.js';
import { checkIpv4, IPV4_VALID } from '../../src/wire/ipv4.js';
import { toHex } from '../support/hex.js';
import { coalesce, datagram, type Header, type Laden, partial, type Segment, segment } from '../support/train.js';

const BOTH = COALESCE_TCP | COALESCE_UDP;

function body(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);
}

/** Total lengths of what leaves. */
function lengths(packets: readonly Uint8Array[], kinds = BOTH): number[] {
  return coalesce(
    packets.map((packet) => ({ packet })),
    kinds,
  ).units.map(({ packet }) => packet.length);
}

function pair(first: Header, second: Header): Uint8Array[] {
  return [datagram(body(10), first), datagram(body(10, 2), second)];
}

function segments(first: Partial<Segment>, second: Partial<Segment>): Uint8Array[] {
  return [
    segment(body(100), { sequence: 1000, ...first }, { identification: 1 }),
    segment(body(100), { sequence: 1100, ...second }, { identification: 2 }),
  ];
}

describe('a train of datagrams', () => {
  it('becomes one super-packet whose checksum is left to the receiver', () => {
    const packets = [0, 1, 2].map((i) => datagram(body(10, i), { identification: 100 + i }));
    const { joined, units } = coalesce(packets.map(partial), BOTH);
    assert.equal(joined, 2);
    assert.equal(units.length, 1);
    const [{ packet, virtio }] = units;
    assert.equal(toHex(virtio), '01051c000a0014000600');
    assert.equal(packet.length, 28 + 30);
    assert.equal(checkIpv4(packet, 0, packet.length), IPV4_VALID);
    assert.deepEqual([packet[24], packet[25]], [0, 38]);
    assert.deepEqual(packet.subarray(28), Uint8Array.from([...body(10, 0), ...body(10, 1), ...body(10, 2)]));
  });

  it('ends with a shorter datagram, and never has a longer one', () => {
    assert.deepEqual(lengths([10, 10, 4, 4, 10].map((size) => datagram(body(size)))), [28 + 24, 28 + 4, 28 + 10]);
  });

  it('keeps the flows of a batch apart, each in order', () => {
    const packets = [1, 2, 1, 2, 3].map((port, i) => datagram(body(10, i), {}, port));
    const { units } = coalesce(
      packets.map((packet) => ({ packet })),
      BOTH,
    );
    assert.deepEqual(
      units.map(({ packet }) => [packet[21], packet[28], packet[38]]),
      [
        [1, 0, 2],
        [2, 1, 3],
        [3, 4, undefined],
      ],
    );
  });

  it('ends where another header field differs', () => {
    const same = {};
    const others: Header[] = [{ tos: 4 }, { ttl: 63 }, { dontFragment: false }, { destination: 5 }, { source: 5 }];
    for (const other of others) assert.equal(lengths(pair(same, other)).length, 2, JSON.stringify(other));
    assert.equal(lengths(pair(same, same)).length, 1);
  });

  it('counts identifications only where fragments are possible', () => {
    const from = (identification: number) => ({ identification, dontFragment: false });
    assert.equal(lengths(pair(from(0xffff), from(0))).length, 1);
    assert.equal(lengths(pair(from(5), from(5))).length, 2);
    assert.equal(lengths(pair(from(5), from(7))).length, 2);
    assert.equal(lengths(pair({ identification: 5 }, { identification: 900 })).length, 1);
  });

  it('has no datagram that came damaged, and takes nobody along with it', () => {
    const good = [1, 2, 3, 4].map((seed) => datagram(body(10, seed)));
    const bad = datagram(body(10, 9));
    bad[30] ^= 1;
    const { units } = coalesce(
      [good[0], good[1], bad, good[2], good[3]].map((packet) => ({ packet })),
      BOTH,
    );
    assert.deepEqual(
      units.map(({ packet }) => packet.length),
      [48, 38, 48],
    );
    assert.deepEqual(units[1].packet, bad);
  });

  it('has no datagram without a checksum, without payload or with a wrong length', () => {
    const none = () => {
      const packet = datagram(body(10));
      packet.fill(0, 26, 28);
      return packet;
    };
    assert.equal(lengths([none(), none()]).length, 2);
    assert.equal(lengths([datagram(body(0)), datagram(body(0))]).length, 2);
    const wrong = () => {
      const packet = datagram(body(10));
      packet[25]--;
      return packet;
    };
    assert.equal(lengths([wrong(), wrong()]).length, 2);
  });

  it('is not overtaken by what may be of the same flow', () => {
    const fragment = datagram(body(16), { moreFragments: true, dontFragment: false });
    assert.deepEqual(lengths([datagram(body(10)), fragment, datagram(body(10))]), [38, 44, 38]);
  });

  it('is at most a packet long', () => {
    const packets = Array.from({ length: 64 }, () => datagram(body(1472)));
    assert.deepEqual(lengths(packets), [28 + 44 * 1472, 28 + 20 * 1472]);
  });
});

describe('a train of segments', () => {
  it('becomes one super-packet', () => {
    const options = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2);
    const { units } = coalesce(segments({ options }, { options, flags: 0x18 }).map(partial), BOTH);
    assert.equal(units.length, 1);
    assert.equal(toHex(units[0].virtio), '0101340064001400'.concat('1000'));
    assert.equal(units[0].packet[33], 0x18);
    assert.equal(units[0].packet.length, 52 + 200);
  });

  it('counts sequence numbers around', () => {
    assert.equal(lengths(segments({ sequence: 0xffffffce }, { sequence: 50 })).length, 1);
    assert.equal(lengths(segments({}, { sequence: 1101 })).length, 2);
  });

  it('ends where another header field differs', () => {
    const options = Uint8Array.of(1, 1, 1, 1);
    const others: Partial<Segment>[] = [
      { acknowledgment: 8 },
      { window: 511 },
      { flags: 0x50 },
      { sourcePort: 9 },
      { options },
      { flags: 0x90 },
      { flags: 0x30 },
      { flags: 0x12 },
      { flags: 0x14 },
    ];
    for (const other of others) assert.equal(lengths(segments({}, other)).length, 2, JSON.stringify(other));
    assert.equal(lengths(segments({}, {})).length, 1);
  });

  it('ends with PSH or FIN', () => {
    for (const flags of [0x18, 0x11]) {
      assert.equal(lengths(segments({ flags }, {})).length, 2);
      assert.equal(lengths(segments({}, { flags })).length, 1);
    }
  });

  it('lets acknowledgments and super-packets stay what they are', () => {
    assert.equal(lengths([0, 0].map(() => segment(body(0), { sequence: 1 }))).length, 2);
    const virtio = Uint8Array.of(1, 1, 40, 0, 50, 0, 20, 0, 16, 0);
    const packets: Laden[] = segments({}, {}).map((packet) => ({ packet: partial(packet).packet, virtio }));
    assert.deepEqual(coalesce(packets, BOTH).units, packets);
  });
});

it('joins only what the link takes', () => {
  const packets = [...pair({}, {}), ...segments({}, {})];
  assert.deepEqual(lengths(packets, COALESCE_TCP), [38, 38, 240]);
  assert.deepEqual(lengths(packets, COALESCE_UDP), [48, 140, 140]);
});

describe('a train on Ethernet', () => {
  const toNeighbor = (packet: Uint8Array, neighbor: number): Laden => ({
    packet,
    ethernet: Uint8Array.of(2, 0, 0, 0, 0, neighbor, 2, 0, 0, 0, 0, 1, 8, 0),
  });

  it('goes to one neighbor', () => {
    const to = (...neighbors: number[]) =>
      coalesce(
        neighbors.map((neighbor, i) => toNeighbor(datagram(body(10, i)), neighbor)),
        BOTH,
      ).units.map(({ packet }) => packet.length);
    assert.deepEqual(to(9, 9, 9), [58]);
    assert.deepEqual(to(9, 8, 8), [38, 48]);
    assert.deepEqual(to(9, 8, 9), [38, 38, 38]);
  });

  it('has room for its header in 64 KiB', () => {
    const packets = (size: number) => [0, 1].map((i) => toNeighbor(datagram(body(size, i)), 9));
    const longest = (65_535 - 14 - 28) >> 1;
    assert.equal(coalesce(packets(longest), BOTH).joined, 1);
    assert.equal(coalesce(packets(longest + 1), BOTH).joined, 0);
  });
});
