import fc from 'fast-check';
import { formatIpv4 } from '../../../src/base/ipv4.js';
import { formatMac } from '../../../src/base/mac.js';
import { type ArpMessage, decodeArp, encodeArp } from '../../../src/wire/arp.js';
import { encodeEthernet } from '../../../src/wire/ethernet.js';
import { hex } from '../../support/hex.js';
import { LINKTYPE_ETHERNET } from '../../support/pcap.js';
import { mac, record, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import type { PacketCodec } from './packet-codec.js';

const us = hex('02 00 5e 10 00 01');
const them = hex('02 00 5e 10 00 02');
const nobody = hex('00 00 00 00 00 00');

export const arp: PacketCodec<ArpMessage> = {
  name: 'ARP',
  decode: decodeArp,
  encode: encodeArp,
  seal: () => {},
  golden: [
    {
      name: 'request',
      bytes: hex(`00 01 08 00 06 04 00 01
                  02 00 5e 10 00 01 0a 00 00 01
                  00 00 00 00 00 00 0a 00 00 02`),
      fields: {
        operation: 'request',
        senderMac: us,
        senderAddress: ip('10.0.0.1'),
        targetMac: nobody,
        targetAddress: ip('10.0.0.2'),
      },
    },
    {
      name: 'reply',
      bytes: hex(`00 01 08 00 06 04 00 02
                  02 00 5e 10 00 02 0a 00 00 02
                  02 00 5e 10 00 01 0a 00 00 01`),
      fields: {
        operation: 'reply',
        senderMac: them,
        senderAddress: ip('10.0.0.2'),
        targetMac: us,
        targetAddress: ip('10.0.0.1'),
      },
    },
    {
      name: 'probe for an address not yet used (RFC 5227)',
      bytes: hex(`00 01 08 00 06 04 00 01
                  02 00 5e 10 00 01 00 00 00 00
                  00 00 00 00 00 00 ff ff ff fe`),
      fields: {
        operation: 'request',
        senderMac: us,
        senderAddress: 0,
        targetMac: nobody,
        targetAddress: ip('255.255.255.254'),
      },
    },
    {
      name: 'announcement, padded by Ethernet',
      bytes: hex(`00 01 08 00 06 04 00 01
                  02 00 5e 10 00 02 0a 00 00 02
                  00 00 00 00 00 00 0a 00 00 02 ${'00'.repeat(18)}`),
      fields: {
        operation: 'request',
        senderMac: them,
        senderAddress: ip('10.0.0.2'),
        targetMac: nobody,
        targetAddress: ip('10.0.0.2'),
      },
      decodeOnly: true,
    },
  ],
  faults: [
    {
      name: 'a byte short',
      bytes: hex('00 01 08 00 06 04 00 01 02 00 5e 10 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00'),
      malformed: 'ARP message shorter than 28 bytes',
      at: 0,
    },
    {
      name: 'IEEE 802 hardware type',
      bytes: hex('00 06 08 00 06 04 00 01 02 00 5e 10 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02'),
      malformed: 'ARP hardware type is not Ethernet',
      at: 0,
    },
    {
      name: 'protocol type IPv6',
      bytes: hex('00 01 86 dd 06 04 00 01 02 00 5e 10 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02'),
      malformed: 'ARP protocol type is not IPv4',
      at: 2,
    },
    {
      name: 'hardware addresses of 8 bytes',
      bytes: hex('00 01 08 00 08 04 00 01 02 00 5e 10 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02'),
      malformed: 'ARP address lengths are not 6 and 4',
      at: 4,
    },
    {
      name: 'protocol addresses of 16 bytes',
      bytes: hex('00 01 08 00 06 10 00 01 02 00 5e 10 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02'),
      malformed: 'ARP address lengths are not 6 and 4',
      at: 4,
    },
    {
      name: 'reverse ARP operation',
      bytes: hex('00 01 08 00 06 04 00 03 02 00 5e 10 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02'),
      malformed: 'ARP operation is neither request nor reply',
      at: 6,
    },
  ],
  arbitrary: record({
    operation: fc.constantFrom('request' as const, 'reply' as const),
    senderMac: mac,
    senderAddress: u32,
    targetMac: mac,
    targetAddress: u32,
  }),
  linkType: LINKTYPE_ETHERNET,
  onWire: (bytes) => encodeEthernet({ destination: them, source: us, type: 0x0806, payload: bytes }),
  tshark: (fields) => ({
    'arp.hw.type': 1,
    'arp.proto.type': 0x0800,
    'arp.opcode': fields.operation === 'request' ? 1 : 2,
    'arp.src.hw_mac': formatMac(fields.senderMac),
    'arp.src.proto_ipv4': formatIpv4(fields.senderAddress),
    'arp.dst.hw_mac': formatMac(fields.targetMac),
    'arp.dst.proto_ipv4': formatIpv4(fields.targetAddress),
  }),
};
