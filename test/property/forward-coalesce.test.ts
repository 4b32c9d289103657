import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { AdjacencyTable } from '../../src/forward/adjacency.js';
import { COALESCE_TCP, COALESCE_UDP } from '../../src/forward/coalesce-kind.js';
import { Counters } from '../../src/forward/counters.js';
import { Engine } from '../../src/forward/engine.js';
import { LinkTable } from '../../src/forward/link-table.js';
import { Output } from '../../src/forward/output.js';
import { completeChecksum, isChecksumPartial } from '../../src/forward/partial-checksum.js';
import { repeatedHeaderLength, Segmenter } from '../../src/forward/segment.js';
import { FrameArena, VNET_BEFORE_PACKET } from '../../src/link/frame.js';
import { PROTOCOL_UDP } from '../../src/wire/ipv4.js';
import { coalesce, datagram, type Laden, partial, segment } from '../support/train.js';

const FLOWS = 6;
const FIRST_PORT = 1000;

const arena = new FrameArena(Engine.ARENA_SLOTS);
const capacity = { routes: 4, hosts: 4 };
const output = new Output(
  arena,
  new LinkTable(new SharedArrayBuffer(LinkTable.bytes())),
  [],
  [],
  new AdjacencyTable(new SharedArrayBuffer(AdjacencyTable.bytes(capacity)), capacity),
  new Counters(new SharedArrayBuffer(Counters.bytes())),
);

/** What a link without offload would be given: super-packets cut, checksums complete. */
function complete({ packet, virtio = new Uint8Array(10) }: Laden): Uint8Array[] {
  const { bytes } = arena;
  const offset = arena.packetOffset(0);
  bytes.set(packet, offset);
  bytes.set(virtio, offset - VNET_BEFORE_PACKET);
  if (virtio[1] === 0) {
    if (isChecksumPartial(bytes, offset)) completeChecksum(bytes, offset, packet.length);
    return [bytes.slice(offset, offset + packet.length)];
  }
  const segmenter = new Segmenter(bytes, output);
  const headers = repeatedHeaderLength(bytes, offset, packet.length);
  segmenter.begin(offset, packet.length, headers, arena.packetOffset(1));
  const pieces: Uint8Array[] = [];
  while (segmenter.next()) pieces.push(bytes.slice(segmenter.offset, segmenter.offset + segmenter.length));
  return pieces;
}

/** A packet of one of a few flows, most often the one that continues its flow. */
const step = fc.record({
  flow: fc.nat(FLOWS - 1),
  size: fc.oneof({ weight: 20, arbitrary: fc.constant(40) }, fc.nat(60)),
  flags: fc.oneof({ weight: 20, arbitrary: fc.constant(0x10) }, fc.constantFrom(0x18, 0x11, 0x12, 0x30, 0x90, 0x50)),
  skipped: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(2)),
  ttl: fc.oneof({ weight: 20, arbitrary: fc.constant(64) }, fc.constant(63)),
  isPartial: fc.boolean(),
  isDamaged: fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, fc.constant(true)),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Flows 0 to 2 are UDP, the others TCP. */
function build(steps: readonly Step[]): Laden[] {
  const identifications = [0xfffe, 7, 7, 7, 7, 7];
  const sequences = [0, 0, 0, 1, 0xffffffd0, 1000];
  return steps.map(({ flow, size, flags, skipped, ttl, isPartial, isDamaged }, i) => {
    const payload = Uint8Array.from({ length: size }, (_, at) => (at * 3 + i) & 0xff);
    const header = { identification: (identifications[flow] + skipped) & 0xffff, ttl, dontFragment: flow % 3 === 0 };
    const tcp = { sequence: sequences[flow], flags, sourcePort: FIRST_PORT + flow };
    const packet = flow < 3 ? datagram(payload, header, FIRST_PORT + flow) : segment(payload, tcp, header);
    identifications[flow] = header.identification + 1;
    sequences[flow] = (sequences[flow] + size) >>> 0;
    if (isPartial) return partial(packet);
    if (isDamaged && size > 0) packet[packet.length - 1] ^= 0x55;
    return { packet };
  });
}

/**
 * As text by which equals are known. The identification of an atomic datagram means nothing, nor does it which of its two
 * zeros a checksum has.
 */
function comparable(packet: Uint8Array): string {
  const copy = Buffer.from(packet);
  if ((copy[6] & 0x40) !== 0) copy.fill(0, 4, 6).fill(0, 10, 12);
  const place = copy[9] === PROTOCOL_UDP ? 26 : 36;
  if (copy.readUInt16BE(place) === 0) copy.writeUInt16BE(0xffff, place);
  return copy.toString('hex');
}

function ofFlow(packets: readonly Uint8Array[], flow: number): string[] {
  return packets.filter((packet) => packet[20] * 256 + packet[21] === FIRST_PORT + flow).map(comparable);
}

it('cutting what was joined gives back the packets, those of each flow in order', () => {
  let joinedAtAll = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 64, size: 'max' }), (steps) => {
      const given = build(steps);
      const { joined, units } = coalesce(given, COALESCE_TCP | COALESCE_UDP);
      joinedAtAll += joined;
      assert.equal(units.length, given.length - joined);
      const before = given.flatMap(complete);
      const after = units.flatMap(complete);
      assert.equal(after.length, before.length);
      for (let flow = 0; flow < FLOWS; flow++) assert.deepEqual(ofFlow(after, flow), ofFlow(before, flow));
    }),
    { numRuns: 300 },
  );
  assert.ok(joinedAtAll > 1000, `${joinedAtAll} packets were joined`);
});
