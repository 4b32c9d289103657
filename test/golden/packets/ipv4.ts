import fc from 'fast-check';
import { formatIpv4, parseIpv4 } from '../../../src/base/ipv4.js';
import {
  decodeIpv4,
  encodeIpv4,
  fillIpv4Checksum,
  IPV4_HEADER_BYTES,
  type Ipv4Packet,
  ipv4HeaderLength,
} from '../../../src/wire/ipv4.js';
import { hex, toHex } from '../../support/hex.js';
import { LINKTYPE_IPV4 } from '../../support/pcap.js';
import { payload, record, u8, u16, u32 } from './arbitraries.js';
import type { GoldenPacket, PacketCodec } from './packet-codec.js';

/** An address from text. */
export function ip(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`not an IPv4 address: ${text}`);
  return address;
}

/** Protocol 253 is for experiments (RFC 3692): tshark shows its payload as plain data. */
const plain: Ipv4Packet = {
  tos: 0,
  identification: 0,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  protocol: 253,
  source: ip('10.0.0.1'),
  destination: ip('10.0.0.2'),
  options: hex(''),
  payload: hex(''),
};

const golden: readonly GoldenPacket<Ipv4Packet>[] = [
  {
    name: 'seven bytes, not to be fragmented',
    bytes: hex(`45 00 00 1b 1c 46 40 00 40 fd 08 9d 0a 01 01 01 0a 00 00 02
                6c 61 73 74 68 6f 70`),
    fields: {
      ...plain,
      identification: 0x1c46,
      dontFragment: true,
      source: ip('10.1.1.1'),
      payload: hex('6c617374686f70'),
    },
  },
  {
    name: 'header only, expedited forwarding, largest TTL and identification',
    bytes: hex('45 b8 00 14 ff ff 00 00 ff fd cd 01 c0 00 02 01 c6 33 64 fe'),
    fields: {
      ...plain,
      tos: 0xb8,
      identification: 0xffff,
      ttl: 255,
      source: ip('192.0.2.1'),
      destination: ip('198.51.100.254'),
    },
  },
  {
    name: 'IGMP report with router alert',
    bytes: hex(`46 c0 00 20 00 00 40 00 01 02 fa 11 0a 00 00 01 e0 00 00 05
                94 04 00 00
                16 00 09 fa e0 00 00 05`),
    fields: {
      ...plain,
      tos: 0xc0,
      dontFragment: true,
      ttl: 1,
      protocol: 2,
      destination: ip('224.0.0.5'),
      options: hex('94 04 00 00'),
      payload: hex('16 00 09 fa e0 00 00 05'),
    },
  },
  {
    name: 'record route and its padding',
    bytes: hex(`48 00 00 23 00 07 00 00 40 fd 57 ca 0a 00 00 01 0a 00 00 02
                07 0b 04 00 00 00 00 00 00 00 00 00
                01 02 03`),
    fields: {
      ...plain,
      identification: 7,
      options: hex('07 0b 04 00 00 00 00 00 00 00 00 00'),
      payload: hex('01 02 03'),
    },
  },
  {
    name: 'as many options as there can be',
    bytes: hex(`4f 00 00 3c 00 08 00 00 40 fd 47 a7 0a 00 00 01 0a 00 00 02 ${'01'.repeat(40)}`),
    fields: { ...plain, identification: 8, options: hex('01'.repeat(40)) },
  },
  {
    name: 'first fragment',
    bytes: hex(`45 00 00 24 ab cd 20 00 40 fd 9a 0d 0a 00 00 01 0a 00 00 02
                00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f`),
    fields: {
      ...plain,
      identification: 0xabcd,
      moreFragments: true,
      payload: hex('00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f'),
    },
  },
  {
    name: 'middle fragment',
    bytes: hex(`45 00 00 1c ab cd 20 02 40 fd 9a 13 0a 00 00 01 0a 00 00 02
                10 11 12 13 14 15 16 17`),
    fields: {
      ...plain,
      identification: 0xabcd,
      moreFragments: true,
      fragmentOffset: 16,
      payload: hex('10 11 12 13 14 15 16 17'),
    },
  },
  {
    name: 'last fragment',
    bytes: hex('45 00 00 17 ab cd 00 03 40 fd ba 17 0a 00 00 01 0a 00 00 02 18 19 1a'),
    fields: { ...plain, identification: 0xabcd, fragmentOffset: 24, payload: hex('18 19 1a') },
  },
  {
    name: 'fragment with the largest offset',
    bytes: hex('45 00 00 1b ab cd 1f ff 40 fd 9a 17 0a 00 00 01 0a 00 00 02 00 00 00 00 00 00 00'),
    fields: { ...plain, identification: 0xabcd, fragmentOffset: 65_528, payload: hex('00 00 00 00 00 00 00') },
  },
  {
    name: 'reserved flag set',
    bytes: hex('45 00 00 15 00 01 80 00 40 fd e5 e8 0a 00 00 01 0a 00 00 02 2a'),
    fields: { ...plain, identification: 1, payload: hex('2a') },
    decodeOnly: true,
  },
  {
    name: 'padded by Ethernet',
    bytes: hex(`45 00 00 17 ab cd 00 03 40 fd ba 17 0a 00 00 01 0a 00 00 02 18 19 1a ${'00'.repeat(23)}`),
    fields: { ...plain, identification: 0xabcd, fragmentOffset: 24, payload: hex('18 19 1a') },
    decodeOnly: true,
  },
];

const faults = [
  { name: 'no bytes', bytes: hex(''), malformed: 'IPv4 packet shorter than its header', at: 0 },
  {
    name: 'a byte short of a header',
    bytes: hex('45 b8 00 13 ff ff 00 00 ff fd cd 02 c0 00 02 01 c6 33 64'),
    malformed: 'IPv4 packet shorter than its header',
    at: 0,
  },
  {
    name: 'version 6',
    bytes: hex('65 b8 00 14 ff ff 00 00 ff fd ad 01 c0 00 02 01 c6 33 64 fe'),
    malformed: 'IP version is not 4',
    at: 0,
  },
  {
    name: 'header of 16 bytes',
    bytes: hex('44 b8 00 14 ff ff 00 00 ff fd ce 01 c0 00 02 01 c6 33 64 fe'),
    malformed: 'IPv4 header length below 20 bytes',
    at: 0,
  },
  {
    name: 'header longer than the packet',
    bytes: hex('46 b8 00 18 ff ff 00 00 ff fd cc 01 c0 00 02 01 c6 33 64 fe'),
    malformed: 'IPv4 packet shorter than its header',
    at: 0,
  },
  {
    name: 'total length shorter than the header',
    bytes: hex('45 b8 00 13 ff ff 00 00 ff fd cd 02 c0 00 02 01 c6 33 64 fe'),
    malformed: 'IPv4 total length below the header or beyond the packet',
    at: 2,
  },
  {
    name: 'total length beyond the packet',
    bytes: hex('45 b8 00 15 ff ff 00 00 ff fd cd 00 c0 00 02 01 c6 33 64 fe'),
    malformed: 'IPv4 total length below the header or beyond the packet',
    at: 2,
  },
  {
    name: 'checksum wrong by one',
    bytes: hex('45 b8 00 14 ff ff 00 00 ff fd cd 02 c0 00 02 01 c6 33 64 fe'),
    malformed: 'IPv4 header checksum wrong',
    at: 10,
  },
  {
    name: 'checksum wrong in a header with options',
    bytes: hex('46 c0 00 18 00 00 40 00 01 02 fa 18 0a 00 00 01 e0 00 00 05 94 04 00 00'),
    malformed: 'IPv4 header checksum wrong',
    at: 10,
  },
];

export const ipv4: PacketCodec<Ipv4Packet> = {
  name: 'IPv4',
  decode: decodeIpv4,
  encode: encodeIpv4,
  seal: (bytes) => {
    if (bytes.length >= ipv4HeaderLength(bytes, 0) && bytes.length >= IPV4_HEADER_BYTES) fillIpv4Checksum(bytes, 0);
  },
  golden,
  faults,
  arbitrary: record({
    tos: u8,
    identification: u16,
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    fragmentOffset: fc.nat(0x1fff).map((units) => units * 8),
    ttl: u8,
    protocol: u8,
    source: u32,
    destination: u32,
    options: fc.nat(10).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 })),
    payload,
  }),
  linkType: LINKTYPE_IPV4,
  onWire: (bytes) => bytes,
  tshark: (fields) => ({
    'ip.version': 4,
    'ip.hdr_len': 20 + fields.options.length,
    'ip.dsfield': fields.tos,
    'ip.len': 20 + fields.options.length + fields.payload.length,
    'ip.id': fields.identification,
    'ip.flags.df': fields.dontFragment,
    'ip.flags.mf': fields.moreFragments,
    'ip.frag_offset': fields.fragmentOffset / 8,
    'ip.ttl': fields.ttl,
    'ip.proto': fields.protocol,
    'ip.checksum.status': 1,
    'ip.src': formatIpv4(fields.source),
    'ip.dst': formatIpv4(fields.destination),
    ...(fields.protocol === 253 && { 'data.data': toHex(fields.payload) }),
  }),
};
