import {
  decodeIcmp,
  encodeIcmp,
  fillIcmpChecksum,
  ICMP_HEADER_BYTES,
  type IcmpMessage,
} from '../../../src/wire/icmpv4.js';
import { encodeIpv4 } from '../../../src/wire/ipv4.js';
import { hex, toHex } from '../../support/hex.js';
import { LINKTYPE_IPV4 } from '../../support/pcap.js';
import { payload, record, u8, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import type { PacketCodec } from './packet-codec.js';

export const icmpv4: PacketCodec<IcmpMessage> = {
  name: 'ICMPv4',
  decode: decodeIcmp,
  encode: encodeIcmp,
  seal: (bytes) => {
    if (bytes.length >= ICMP_HEADER_BYTES) fillIcmpChecksum(bytes, 0, bytes.length);
  },
  golden: [
    {
      name: 'echo request',
      bytes: hex('08 00 2d 64 12 34 00 01 6c 61 73 74 68 6f 70 21'),
      fields: { type: 8, code: 0, rest: 0x12340001, body: hex('6c617374686f7021') },
    },
    {
      name: 'echo reply with an odd number of bytes',
      bytes: hex('00 00 2c 9b ff ff ff ff 6f 64 64'),
      fields: { type: 0, code: 0, rest: 0xffffffff, body: hex('6f6464') },
    },
    {
      name: 'echo request whose checksum is 0',
      bytes: hex('08 00 00 00 00 01 00 01 f7 fd'),
      fields: { type: 8, code: 0, rest: 0x00010001, body: hex('f7fd') },
    },
    {
      name: 'fragmentation needed, next MTU 1400',
      bytes: hex(`03 04 92 7a 00 00 05 78
                  45 00 05 dc 1c 46 40 00 40 11 fa b7 0a 01 01 01 0a 09 09 09
                  9c 40 c3 50 05 78 00 00`),
      fields: {
        type: 3,
        code: 4,
        rest: 1400,
        body: hex(`45 00 05 dc 1c 46 40 00 40 11 fa b7 0a 01 01 01 0a 09 09 09 9c 40 c3 50 05 78 00 00`),
      },
    },
    {
      name: 'time exceeded',
      bytes: hex(`0b 00 63 6a 00 00 00 00
                  45 00 00 1c 00 02 00 00 01 fd 9a d0 0a 01 01 01 0a 09 09 09
                  61 62 63 64 65 66 67 68`),
      fields: {
        type: 11,
        code: 0,
        rest: 0,
        body: hex('45 00 00 1c 00 02 00 00 01 fd 9a d0 0a 01 01 01 0a 09 09 09 61 62 63 64 65 66 67 68'),
      },
    },
  ],
  faults: [
    {
      name: 'a byte short of a header',
      bytes: hex('08 00 2d 64 12 34 00'),
      malformed: 'ICMP message shorter than 8 bytes',
      at: 0,
    },
    {
      name: 'a bit flipped in the body',
      bytes: hex('08 00 2d 64 12 34 00 01 6c 61 73 74 68 6f 70 20'),
      malformed: 'ICMP checksum wrong',
      at: 2,
    },
  ],
  arbitrary: record({ type: u8, code: u8, rest: u32, body: payload }),
  linkType: LINKTYPE_IPV4,
  onWire: (bytes) =>
    encodeIpv4({
      tos: 0,
      identification: 0,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 64,
      protocol: 1,
      source: ip('10.1.1.1'),
      destination: ip('10.0.0.2'),
      options: hex(''),
      payload: bytes,
    }),
  tshark: (fields) => ({
    'icmp.type': fields.type,
    'icmp.code': fields.code,
    'icmp.checksum.status': 1,
    ...(isEcho(fields) && {
      'icmp.ident': fields.rest >>> 16,
      'icmp.seq': fields.rest & 0xffff,
      'data.data': toHex(fields.body),
    }),
    ...(fields.code === 4 && { 'icmp.mtu': fields.rest & 0xffff }),
  }),
};

function isEcho(fields: IcmpMessage): boolean {
  return fields.type === 0 || fields.type === 8;
}
