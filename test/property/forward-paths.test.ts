import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COUNTER_NAMES } from '../../src/forward/counters.js';
import { FAST_PATH, type FastPath } from '../../src/forward/fast-path.js';
import { UNCOMMON } from '../../src/forward/received-batch.js';
import { fillIpv4Checksum } from '../../src/wire/ipv4.js';
import { hex, toHex } from '../support/hex.js';
import { arpFrame, BENCH_LINKS, PlaneBench, packet, routerMac } from '../support/plane-bench.js';

/** Loops that find nothing common: every packet goes through one step after another. */
const NO_FAST_PATH: FastPath = {
  admit: (parts) => {
    const { groups, packets } = parts.batch;
    const admit = FAST_PATH.admit(parts);
    return (from) => {
      const lengths = packets.lengths.slice();
      const received = admit(from);
      packets.lengths.set(lengths);
      groups.fill(UNCOMMON, 0, packets.count);
      return received;
    };
  },
  transit: () => (begin) => begin,
};

/** What comes in by a link in one batch; the virtio header before each frame. */
interface Arrival {
  readonly link: number;
  readonly frames: readonly Frame[];
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly virtio: Uint8Array;
}

function router(fastPath: FastPath): PlaneBench {
  const made = new PlaneBench({ hashSeed: 7 }, BENCH_LINKS, fastPath);
  made.connect();
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.route('203.0.114.0/24', ['via 10.0.3.9 on 3']);
  made.route('203.0.115.0/24', ['via 10.0.2.9 on 2', 'via 10.0.3.9 on 3']);
  made.route('203.0.116.0/24', ['via 10.0.2.77 on 2']);
  made.route('203.0.117.9/32', ['deliver']);
  made.route('203.0.118.0/24', ['blackhole']);
  made.route('198.51.100.0/24', ['via 10.0.1.7 on 1']);
  made.learn(1, '10.0.1.7');
  made.learn(2, '10.0.2.9', '10.0.2.40');
  made.learn(3, '10.0.3.9');
  return made;
}

/** Everything that can be seen of a router after some arrivals. */
function outcome(fastPath: FastPath, arrivals: readonly Arrival[]): object {
  const made = router(fastPath);
  const sent: string[] = [];
  for (const { link, frames } of arrivals) {
    made.receiveBatch(link, frames);
    made.nowUs += 1000;
    for (const out of BENCH_LINKS.keys()) {
      for (const { frame, virtio } of made.sent(out)) sent.push(`${out} ${toHex(virtio)} ${toHex(frame)}`);
    }
  }
  const counts = [...BENCH_LINKS.keys()].map((link) => COUNTER_NAMES.map((name) => made.count(link, name)));
  const { packets, bytes, state, address } = made.table;
  const punts = made.punts().map((punt) => `${punt.link} ${toHex(punt.packet)}`);
  return { sent, counts, drops: made.drops(), punts, packets, bytes, state, address };
}

const SOURCES = [
  ...['198.51.100.7', '198.51.100.8', '10.0.1.7', '10.0.1.99', '10.0.2.40', '10.0.1.1', '10.0.2.1', '10.0.1.255'],
  ...['10.0.3.0', '192.0.2.1', '0.0.0.0', '127.0.0.1', '224.0.0.5', '255.255.255.255', '203.0.117.9'],
];
const DESTINATIONS = [
  ...['203.0.113.9', '203.0.114.9', '203.0.115.9', '203.0.115.10', '203.0.116.9', '203.0.117.9', '203.0.118.9'],
  ...['10.0.2.40', '10.0.2.41', '10.0.3.9', '10.0.2.255', '10.0.1.1', '10.0.3.1', '192.0.2.1', '99.0.0.1'],
  ...['224.0.0.5', '224.0.0.1', '127.0.0.1', '255.255.255.255', '0.0.0.0', '240.0.0.1'],
];

const usual = <T>(value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(value) }, { weight: 2, arbitrary: fc.constantFrom(value, ...others) });

const payload = fc
  .tuple(usual(24, 8, 9, 1380, 1381, 1472, 1473, 3000), fc.integer({ min: 0, max: 255 }))
  .map(([length, seed]) => {
    const bytes = Uint8Array.from({ length: 8 + length }, (_, i) => (i * 31 + seed) % 256);
    bytes.set([0x12, seed, 0x00, 0x35, (8 + length) >> 8, (8 + length) & 255, 0, 0]);
    return bytes;
  });

const anyPacket = fc
  .record({
    source: fc.oneof(fc.constant('198.51.100.7'), fc.constantFrom(...SOURCES)),
    destination: fc.oneof(
      fc.constantFrom('203.0.113.9', '203.0.114.9', '203.0.115.9'),
      fc.constantFrom(...DESTINATIONS),
    ),
    ttl: usual(64, 0, 1, 2, 255),
    protocol: usual(17, 1, 6, 89),
    tos: usual(0, 0xc0),
    identification: fc.integer({ min: 0, max: 0xffff }),
    dontFragment: fc.boolean(),
    moreFragments: usual(false, true),
    fragmentOffset: usual(0, 8, 1480),
    // The last one is malformed and sums to nothing, so that the checksum over 20 bytes is right too.
    options: usual('', '01010101', '94040000', '8307040a00020900', '94ff6b00').map(hex),
    payload,
  })
  .map(packet);

/** Damage to a packet: a byte of its header set, its checksum made right again or not, its end cut off or padded. */
const damage = fc.record({
  at: fc.integer({ min: 0, max: 19 }),
  value: fc.integer({ min: 0, max: 255 }),
  repair: fc.boolean(),
  change: usual(0, -30, -8, -1, 1, 14, 26),
});

const damaged = fc.tuple(anyPacket, damage).map(([bytes, { at, value, repair, change }]) => {
  const kept = Math.max(0, Math.min(bytes.length, bytes.length + change));
  const broken = new Uint8Array(Math.max(kept, bytes.length + change));
  broken.set(bytes.subarray(0, kept));
  if (at < kept) broken[at] = value;
  if (repair && broken.length >= 60) fillIpv4Checksum(broken, 0);
  return broken;
});

const NO_VIRTIO = new Uint8Array(10);
/** None; a partial checksum; trains of UDP that fit and that do not; TCP where there may be none; nonsense. */
const VIRTIO = [
  ...['01000000000014000600', '01051c00580214000600', '01051c00b40514000600', '010128009c0014001000'],
  ...['01000000000014ffff00', '00030000640000000000'],
].map(hex);

const virtio = usual(NO_VIRTIO, ...VIRTIO);

const ethernet = fc.record({
  own: usual(true, false),
  other: fc.constantFrom(...['ffffffffffff', '01005e000005', '0200000000ee'].map(hex)),
  type: usual('0800', '86dd', '0806').map(hex),
});

const frames = (link: number): fc.Arbitrary<Frame> =>
  fc.record({ body: fc.oneof({ weight: 3, arbitrary: anyPacket }, damaged), ethernet, virtio }).map((parts) => {
    const { own, other, type } = parts.ethernet;
    const header = [...(own ? routerMac(link) : other), 6, 0, 0, 0, 0, 1, ...type];
    const bytes = link === 0 ? parts.body : Uint8Array.of(...header, ...parts.body);
    return { bytes, virtio: parts.virtio };
  });

const ARP_FRAMES = ['10.0.2.40', '10.0.2.41', '10.0.2.77', '10.0.2.9'];

const arrival: fc.Arbitrary<Arrival> = fc.integer({ min: 0, max: 3 }).chain((link) => {
  const ip4 = frames(link);
  const arp = fc.constantFrom(...ARP_FRAMES).map((address) => {
    return { bytes: arpFrame(2, 'reply', address, '10.0.2.1'), virtio: NO_VIRTIO };
  });
  const frame = link === 2 ? fc.oneof({ weight: 8, arbitrary: ip4 }, { weight: 1, arbitrary: arp }) : ip4;
  return fc.record({ link: fc.constant(link), frames: fc.array(frame, { minLength: 1, maxLength: 64, size: 'max' }) });
});

test('packets fare alike whether they are common or not: bytes, order, counters, neighbors', () => {
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 4 }), (arrivals) => {
      assert.deepEqual(outcome(FAST_PATH, arrivals), outcome(NO_FAST_PATH, arrivals));
    }),
    { numRuns: 150 },
  );
});

test('the common case is common: transit, and neighbors of the own subnets, the own kernel', () => {
  let uncommon = 0;
  const counting: FastPath = {
    ...FAST_PATH,
    admit: (parts) => {
      const admit = FAST_PATH.admit(parts);
      return (from) => {
        const received = admit(from);
        for (let i = 0; i < parts.batch.packets.count; i++) if (parts.batch.groups[i] === UNCOMMON) uncommon++;
        return received;
      };
    },
  };
  const made = router(counting);
  uncommon = 0;
  made.receivePacket(1, packet());
  made.receivePacket(1, packet({ source: '10.0.1.7' }));
  made.receivePacket(0, packet({ source: '192.0.2.1' }));
  made.receivePacket(0, packet({ source: '203.0.117.9' }));
  assert.equal(uncommon, 0);
  made.receivePacket(1, packet({ source: '10.0.2.1' }));
  assert.equal(uncommon, 1);
});
