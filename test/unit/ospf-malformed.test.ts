import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeU16, writeU32 } from '../../src/base/bytes.js';
import { isMalformed, type Malformed } from '../../src/wire/malformed.js';
import { decodeDatabaseDescription } from '../../src/wire/ospf/dbdesc.js';
import { lsaChecksum } from '../../src/wire/ospf/fletcher.js';
import { decodeGraceLsa } from '../../src/wire/ospf/grace-lsa.js';
import { decodeOspfHeader, encodeOspfPacket, ospfBody, writeOspfChecksum } from '../../src/wire/ospf/header.js';
import { decodeHello } from '../../src/wire/ospf/hello.js';
import { decodeLsa } from '../../src/wire/ospf/lsa.js';
import { decodeLinkStateAck } from '../../src/wire/ospf/lsack.js';
import { decodeLinkStateRequest } from '../../src/wire/ospf/lsreq.js';
import { decodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { hex } from '../support/hex.js';

/*
 * What has broken routers before, or is said to, each as one packet: what the decoders make of it. A case that is
 * accepted is one that the checks behind them have to judge, or that must not disturb an adjacency.
 */

const HELLO = 1;
const DESCRIPTION = 2;
const REQUEST = 3;
const UPDATE = 4;
const ACK = 5;

type Case = readonly [name: string, bytes: Uint8Array, expected: string];
const ACCEPTED = 'accepted';

const BODIES: { readonly [type: number]: (body: Uint8Array) => object } = {
  [HELLO]: decodeHello,
  [DESCRIPTION]: decodeDatabaseDescription,
  [REQUEST]: decodeLinkStateRequest,
  [UPDATE]: decodeLinkStateUpdate,
  [ACK]: decodeLinkStateAck,
};

function verdict(decoded: object | Malformed): string {
  return isMalformed(decoded) ? decoded.malformed : ACCEPTED;
}

function packetVerdict(bytes: Uint8Array): string {
  const header = decodeOspfHeader(bytes);
  if (isMalformed(header)) return verdict(header);
  return verdict(BODIES[header.type]!(ospfBody(bytes, header)));
}

function check(title: string, judge: (bytes: Uint8Array) => string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const [name, bytes, expected] of cases) {
      it(name, () => {
        const before = bytes.slice();
        assert.equal(judge(bytes), expected);
        assert.deepEqual(bytes, before, 'the decoder changed its input');
      });
    }
  });
}

const packet = (type: number, body: Uint8Array) => encodeOspfPacket(type, 0x02020202, 0, body);

/** `packet` with other bytes from `at`, and the checksum right again. */
function changed(original: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const copy = original.slice();
  copy.set(bytes, at);
  writeOspfChecksum(copy, Math.min((copy[2] << 8) | copy[3], copy.length));
  return copy;
}

const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const zeros = (length: number) => new Uint8Array(length);

const helloBody = hex('ffffff00 000a0201 00000028 00000000 00000000');
const helloPacket = packet(HELLO, helloBody);

check('P1: packets that are too short, or lie about their length', packetVerdict, [
  ['no bytes', hex(''), 'OSPF packet shorter than its header'],
  ['23 bytes', helloPacket.slice(0, 23), 'OSPF packet shorter than its header'],
  ['length 23', changed(helloPacket, 2, hex('0017')), 'OSPF length is less than its header'],
  ['length 0', changed(helloPacket, 2, hex('0000')), 'OSPF length is less than its header'],
  ['length beyond the datagram', changed(helloPacket, 2, hex('0030')), 'OSPF length is more than was received'],
  ['length 65535', changed(helloPacket, 2, hex('ffff')), 'OSPF length is more than was received'],
  ['length not a multiple of 4', changed(helloPacket, 2, hex('002b')), 'OSPF length is not a multiple of 4'],
  ['header only', packet(HELLO, hex('')), 'Hello shorter than 20 bytes'],
]);

check('P2: headers of another kind', packetVerdict, [
  ['version 3', changed(helloPacket, 0, hex('03')), 'OSPF version is not 2'],
  ['version 0', changed(helloPacket, 0, hex('00')), 'OSPF version is not 2'],
  ['type 0', changed(helloPacket, 1, hex('00')), 'OSPF packet type is not 1 to 5'],
  ['type 6', changed(helloPacket, 1, hex('06')), 'OSPF packet type is not 1 to 5'],
  ['type 255', changed(helloPacket, 1, hex('ff')), 'OSPF packet type is not 1 to 5'],
  [
    'checksum off by one',
    joined(helloPacket.slice(0, 12), hex('0001'), helloPacket.slice(14)),
    'OSPF checksum is wrong',
  ],
  ['authentication type 3: for the configuration to judge', changed(helloPacket, 14, hex('0003')), ACCEPTED],
  ['router ID 0: for the instance to judge', changed(helloPacket, 4, hex('00000000')), ACCEPTED],
]);

check('P3: Hellos', packetVerdict, [
  ['16 bytes of body', packet(HELLO, zeros(16)), 'Hello shorter than 20 bytes'],
  ['mask with a hole', packet(HELLO, joined(hex('ff00ff00'), helloBody.slice(4))), 'Hello network mask has a hole'],
  ['mask 0.0.0.0, as unnumbered links have it', packet(HELLO, joined(zeros(4), helloBody.slice(4))), ACCEPTED],
  ['intervals 0', packet(HELLO, joined(helloBody.slice(0, 4), zeros(16))), ACCEPTED],
  ['dead interval 2^32 - 1', packet(HELLO, joined(helloBody.slice(0, 8), hex('ffffffff'), zeros(8))), ACCEPTED],
  ['all options', packet(HELLO, joined(helloBody.slice(0, 6), hex('ff'), helloBody.slice(7))), ACCEPTED],
  ['a thousand neighbors', packet(HELLO, joined(helloBody, zeros(4000))), ACCEPTED],
]);

const descriptionBody = hex('05dc4207 00001388');
const lsaHeader = hex('00010201 03030303 03030303 80000001 abcd0024');

check('P4: Database Descriptions', packetVerdict, [
  ['4 bytes of body', packet(DESCRIPTION, zeros(4)), 'Database Description shorter than 8 bytes'],
  ['no body', packet(DESCRIPTION, hex('')), 'Database Description shorter than 8 bytes'],
  [
    '16 of 20 bytes of a header',
    packet(DESCRIPTION, joined(descriptionBody, lsaHeader.slice(0, 16))),
    'packet ends within an LSA header',
  ],
  [
    'an LSA length of 19',
    packet(DESCRIPTION, joined(descriptionBody, lsaHeader.slice(0, 18), hex('0013'))),
    'LSA length is less than its header',
  ],
  [
    'an LSA length of 0',
    packet(DESCRIPTION, joined(descriptionBody, lsaHeader.slice(0, 18), hex('0000'))),
    'LSA length is less than its header',
  ],
  ['MTU 0, as virtual links have it', packet(DESCRIPTION, hex('00004207 00001388')), ACCEPTED],
  ['MTU 65535, all flags', packet(DESCRIPTION, hex('ffffffff 00001388')), ACCEPTED],
  // Section 10.6: the neighbor is told by SeqNumberMismatch, which is the instance's to do.
  ...[0, 6, 8, 12, 255].map(
    (type): Case => [
      `a header of LS type ${type}: for the instance to judge`,
      packet(DESCRIPTION, joined(descriptionBody, lsaHeader.slice(0, 3), Uint8Array.of(type), lsaHeader.slice(4))),
      ACCEPTED,
    ],
  ),
]);

check('P5: Link State Requests', packetVerdict, [
  ['8 of 12 bytes', packet(REQUEST, zeros(8)), 'Link State Request ends within an entry'],
  ['16 bytes', packet(REQUEST, zeros(16)), 'Link State Request ends within an entry'],
  ['nothing asked for', packet(REQUEST, hex('')), ACCEPTED],
  ['LS type 0: for the instance to judge', packet(REQUEST, zeros(12)), ACCEPTED],
  ['LS type 2^32 - 1: for the instance to judge', packet(REQUEST, joined(hex('ffffffff'), zeros(8))), ACCEPTED],
  [
    '5,400 times the same',
    packet(REQUEST, joined(...Array.from({ length: 5400 }, () => hex('00000001 01010101 01010101')))),
    ACCEPTED,
  ],
]);

const network = lsa(2, hex('ffffff00 01010101 02020202'));
const UPDATE_LIES = 'Link State Update does not hold the number of LSAs that it says';

function update(count: number, ...lsas: readonly Uint8Array[]): Uint8Array {
  const head = zeros(4);
  writeU32(head, 0, count);
  return packet(UPDATE, joined(head, ...lsas));
}

/** An LSA that says to have another length than it has. */
function ofLength(length: number): Uint8Array {
  const copy = network.slice();
  writeU16(copy, 18, length);
  return copy;
}

check('P6: Link State Updates', packetVerdict, [
  ['no body', packet(UPDATE, hex('')), 'Link State Update shorter than 4 bytes'],
  ['count 0 and nothing', update(0), ACCEPTED],
  ['count 0 and an LSA', update(0, network), UPDATE_LIES],
  ['count 2^32 - 1 and one LSA', update(0xffffffff, network), UPDATE_LIES],
  ['count 1 and two LSAs', update(1, network, network), UPDATE_LIES],
  ['LSA length 0', update(1, ofLength(0)), 'LSA length is less than its header'],
  ['LSA length 19', update(1, ofLength(19)), 'LSA length is less than its header'],
  ['LSA length beyond the packet', update(1, ofLength(36)), 'Link State Update ends within an LSA'],
  ['LSA length 65535', update(1, ofLength(0xffff)), 'Link State Update ends within an LSA'],
  ['an odd length: what follows is no LSA', update(1, ofLength(21)), 'Link State Update ends within an LSA header'],
  ['length 20, the rest taken for the next', update(2, ofLength(20)), 'Link State Update ends within an LSA header'],
  ['half a header at the end', update(2, network, network.slice(0, 12)), 'Link State Update ends within an LSA header'],
  ['one bad LSA among good ones: only that one is lost', update(2, lsa(6, zeros(4)), network), ACCEPTED],
]);

function lsaVerdict(bytes: Uint8Array): string {
  return verdict(decodeLsa(bytes));
}

/** A whole LSA with right length and checksum, advertised by 3.3.3.3 under that ID. */
function lsa(
  type: number,
  body: Uint8Array,
  header: { age?: number; id?: number; sequence?: number } = {},
): Uint8Array {
  const bytes = zeros(20 + body.length);
  writeU16(bytes, 0, header.age ?? 1);
  bytes[2] = 0x02;
  bytes[3] = type;
  writeU32(bytes, 4, header.id ?? 0x03030303);
  writeU32(bytes, 8, 0x03030303);
  writeU32(bytes, 12, header.sequence ?? 0x80000001);
  bytes.set(body, 20);
  writeU16(bytes, 18, bytes.length);
  writeU16(bytes, 16, lsaChecksum(bytes));
  return bytes;
}

const link = hex('01010101 0a000001 0100000a');
const router = (count: string, ...links: readonly Uint8Array[]) => lsa(1, joined(hex('0000'), hex(count), ...links));
const WITHIN_LINK = 'router-LSA ends within a link';
const NOT_AS_LONG = 'router-LSA is not as long as its links';

check('P7: router-LSAs', lsaVerdict, [
  ['no body', lsa(1, hex('')), 'router-LSA shorter than 4 bytes'],
  ['more links in the count than there are', router('0002', link), WITHIN_LINK],
  ['65535 links in the count', router('ffff', link), WITHIN_LINK],
  ['fewer links in the count than there are', router('0001', link, link), NOT_AS_LONG],
  ['8 of 12 bytes of the last link', router('0002', link, link.slice(0, 8)), WITHIN_LINK],
  ['8 bytes too many', router('0001', link, zeros(8)), NOT_AS_LONG],
  ['255 TOS entries that are not there', router('0001', hex('01010101 0a000001 01ff000a')), NOT_AS_LONG],
  ['a TOS entry that is there', router('0001', hex('01010101 0a000001 0101000a 00000000')), ACCEPTED],
  ['link type 0', router('0001', hex('01010101 0a000001 0000000a')), 'router-LSA link type is unknown'],
  ['link type 5', router('0001', hex('01010101 0a000001 0500000a')), 'router-LSA link type is unknown'],
  [
    'an ID that is not the advertising router',
    lsa(1, joined(hex('00000001'), link), { id: 0x01010101 }),
    'router-LSA ID is not its advertising router',
  ],
  ['the same link twice', router('0002', link, link), ACCEPTED],
  ['no links', router('0000'), ACCEPTED],
]);

check('P8: network-LSAs', lsaVerdict, [
  ['no body', lsa(2, hex('')), 'network-LSA without an attached router'],
  ['a mask and nobody', lsa(2, hex('ffffff00')), 'network-LSA without an attached router'],
  ['2 of 4 bytes of a router', lsa(2, hex('ffffff00 01010101 0202')), 'network-LSA ends within a router ID'],
  ['mask with a hole', lsa(2, hex('ff00ff00 01010101')), 'network-LSA mask has a hole'],
]);

check('P9: summary and external LSAs', lsaVerdict, [
  ['summary of 4 bytes', lsa(3, hex('ffffff00')), 'summary-LSA shorter than 8 bytes'],
  ['summary with a hole in the mask', lsa(3, hex('ff00ff00 0000000a')), 'summary-LSA mask has a hole'],
  ['summary with half a TOS entry', lsa(3, hex('ffffff00 0000000a 0100')), 'summary-LSA ends within a TOS entry'],
  ['summary of an unreachable network', lsa(3, hex('ffffff00 00ffffff')), ACCEPTED],
  ['ASBR summary of a host', lsa(4, hex('00000000 0000000a')), ACCEPTED],
  ['external of 12 bytes', lsa(5, hex('ffffff00 8000000a 00000000')), 'external-LSA shorter than 16 bytes'],
  [
    'external with a hole in the mask',
    lsa(5, hex('fffffffd 8000000a 00000000 00000000')),
    'external-LSA mask has a hole',
  ],
  [
    'external with a third of a TOS entry',
    lsa(5, hex('ffffff00 8000000a 00000000 00000000 00000000')),
    'external-LSA ends within a TOS entry',
  ],
  ['external 0.0.0.0/32', lsa(5, hex('ffffffff 8000000a 00000000 00000000'), { id: 0 }), ACCEPTED],
  ['external of an unreachable network', lsa(5, hex('ffffff00 80ffffff 00000000 00000000')), ACCEPTED],
]);

check('P10: ages, checksums and sequence numbers', lsaVerdict, [
  [
    'checksum 0, which means not computed',
    joined(network.slice(0, 16), hex('0000'), network.slice(18)),
    'LSA checksum is wrong',
  ],
  [
    'checksum off by one',
    joined(network.slice(0, 17), Uint8Array.of(network[17] ^ 1), network.slice(18)),
    'LSA checksum is wrong',
  ],
  ['a bit flipped in the body', joined(network.slice(0, 31), Uint8Array.of(network[31] ^ 1)), 'LSA checksum is wrong'],
  // All of these are for the instance to judge: they are well-formed.
  ['age 3601', lsa(2, network.slice(20), { age: 3601 }), ACCEPTED],
  ['age 65535', lsa(2, network.slice(20), { age: 0xffff }), ACCEPTED],
  ['the bit DoNotAge', lsa(2, network.slice(20), { age: 0x8001 }), ACCEPTED],
  ['the reserved sequence number', lsa(2, network.slice(20), { sequence: 0x80000000 }), ACCEPTED],
  ['the last sequence number', lsa(2, network.slice(20), { sequence: 0x7fffffff }), ACCEPTED],
]);

check('P11: opaque LSAs, which are not looked into, and unknown types', lsaVerdict, [
  ['no body', lsa(10, hex('')), ACCEPTED],
  ['a TLV of length 65535 in 8 bytes', lsa(10, hex('0001ffff 00000000')), ACCEPTED],
  ['an odd number of bytes', lsa(11, hex('010203')), ACCEPTED],
  ...[0, 6, 8, 12, 255].map((type): Case => [`LS type ${type}`, lsa(type, zeros(4)), 'LSA type is unknown']),
]);

check('P12 and P13: what trails a packet does not count', packetVerdict, [
  ['an LLS block', joined(helloPacket, hex('fff60003 00010004 00000001')), ACCEPTED],
  ['an LLS block of length 0', joined(helloPacket, hex('00000000')), ACCEPTED],
  ['an LLS block that says to be longer than it is', joined(helloPacket, hex('0000ffff 0001ffff')), ACCEPTED],
  ['one byte', joined(helloPacket, hex('00')), ACCEPTED],
  [
    'no LLS block although the option says so',
    packet(HELLO, joined(helloBody.slice(0, 6), hex('12'), helloBody.slice(7))),
    ACCEPTED,
  ],
  // Whether the digest is right is for the configured keys to say; the checksum is not looked at.
  ['cryptographic authentication without a digest', changed(helloPacket, 14, hex('0002 0000 01ff 00000001')), ACCEPTED],
]);

check('P14: acknowledgments without end, and cut short', packetVerdict, [
  ['no headers', packet(ACK, hex('')), ACCEPTED],
  ['12 of 20 bytes', packet(ACK, lsaHeader.slice(0, 12)), 'packet ends within an LSA header'],
  ['3,000 headers', packet(ACK, joined(...Array.from({ length: 3000 }, () => lsaHeader))), ACCEPTED],
]);

check('P15: grace-LSAs', (body) => verdict(decodeGraceLsa(body)), [
  ['no TLVs', hex(''), 'grace-LSA without a grace period'],
  ['no reason', hex('00010004 00000078'), 'grace-LSA without a reason'],
  ['no period', hex('00020001 01000000'), 'grace-LSA without a grace period'],
  ['half a TLV header', hex('00010004 00000078 0002'), 'grace-LSA ends within a TLV header'],
  ['a TLV of length 0 that has one', hex('00010000 00020001 01000000'), 'grace-LSA TLV is not of 4 bytes'],
  ['a TLV of length 65535', hex('0001ffff 00000078'), 'grace-LSA ends within a TLV'],
  ['a reason of 4 bytes', hex('00010004 00000078 00020004 00000001'), 'grace-LSA reason is not of 1 byte'],
  ['TLVs of length 0 and no known type', hex('00090000 00090000 00090000'), 'grace-LSA without a grace period'],
  ['a reason that nobody knows', hex('00010004 00000078 00020001 ff000000'), ACCEPTED],
]);
