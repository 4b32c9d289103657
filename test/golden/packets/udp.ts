import { readU16, writeU16 } from '../../../src/base/bytes.js';
import { encodeIpv4 } from '../../../src/wire/ipv4.js';
import { decodeUdp, encodeUdp, UDP_CHECKSUM, UDP_HEADER_BYTES, type UdpDatagram } from '../../../src/wire/udp.js';
import { hex, toHex } from '../../support/hex.js';
import { LINKTYPE_IPV4 } from '../../support/pcap.js';
import { payload, record, u16 } from './arbitraries.js';
import { ip } from './ipv4.js';
import type { PacketCodec } from './packet-codec.js';

/** Values of tshark's checksum status. */
const GOOD = 1;
const NOT_PRESENT = 3;

const source = ip('10.1.1.1');
const destination = ip('10.0.0.2');

export const udp: PacketCodec<UdpDatagram> = {
  name: 'UDP',
  decode: (bytes) => decodeUdp(bytes, source, destination),
  encode: (fields) => encodeUdp(fields, source, destination),
  seal: (bytes) => {
    if (bytes.length >= UDP_HEADER_BYTES) writeU16(bytes, UDP_CHECKSUM, 0);
  },
  golden: [
    {
      name: 'to the echo service, an odd number of bytes',
      bytes: hex('9c 40 00 07 00 0f 96 3f 6c 61 73 74 68 6f 70'),
      fields: { sourcePort: 40_000, destinationPort: 7, payload: hex('6c617374686f70') },
    },
    {
      name: 'no payload',
      bytes: hex('9c 40 00 07 00 08 4e 93'),
      fields: { sourcePort: 40_000, destinationPort: 7, payload: hex('') },
    },
    {
      name: 'a sum of 0, sent as 0xffff',
      bytes: hex('00 07 9c 40 00 0a ff ff 4e 8f'),
      fields: { sourcePort: 7, destinationPort: 40_000, payload: hex('4e8f') },
    },
    {
      name: 'without a checksum',
      bytes: hex('9c 40 00 07 00 0f 00 00 6c 61 73 74 68 6f 70'),
      fields: { sourcePort: 40_000, destinationPort: 7, payload: hex('6c617374686f70') },
      decodeOnly: true,
    },
  ],
  faults: [
    {
      name: 'a byte short of a header',
      bytes: hex('9c 40 00 07 00 07 00'),
      malformed: 'UDP datagram shorter than 8 bytes',
      at: 0,
    },
    {
      name: 'length below the header',
      bytes: hex('9c 40 00 07 00 07 00 00 6c'),
      malformed: 'UDP length below 8 bytes or beyond the packet',
      at: 4,
    },
    {
      name: 'length beyond the packet',
      bytes: hex('9c 40 00 07 00 0f 96 3f 6c 61 73 74 68 6f'),
      malformed: 'UDP length below 8 bytes or beyond the packet',
      at: 4,
    },
    {
      name: 'a bit flipped in the payload',
      bytes: hex('9c 40 00 07 00 0f 96 3f 6c 61 73 74 68 6f 71'),
      malformed: 'UDP checksum wrong',
      at: 6,
    },
  ],
  arbitrary: record({ sourcePort: u16, destinationPort: u16, payload }),
  linkType: LINKTYPE_IPV4,
  onWire: (bytes) =>
    encodeIpv4({
      tos: 0,
      identification: 0,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      protocol: 17,
      source,
      destination,
      options: hex(''),
      payload: bytes,
    }),
  tshark: (fields, bytes) => ({
    'udp.srcport': fields.sourcePort,
    'udp.dstport': fields.destinationPort,
    'udp.length': 8 + fields.payload.length,
    'udp.checksum.status': readU16(bytes, UDP_CHECKSUM) === 0 ? NOT_PRESENT : GOOD,
    ...(fields.payload.length > 0 && { 'udp.payload': toHex(fields.payload) }),
  }),
};
