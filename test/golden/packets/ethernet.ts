import fc from 'fast-check';
import { formatMac } from '../../../src/base/mac.js';
import { decodeEthernet, type EthernetFrame, encodeEthernet } from '../../../src/wire/ethernet.js';
import { hex } from '../../support/hex.js';
import { LINKTYPE_ETHERNET } from '../../support/pcap.js';
import { mac, payload, record } from './arbitraries.js';
import type { PacketCodec } from './packet-codec.js';

const packet = hex('45 b8 00 14 ff ff 00 00 ff fd cd 01 c0 00 02 01 c6 33 64 fe');

export const ethernet: PacketCodec<EthernetFrame> = {
  name: 'Ethernet',
  decode: decodeEthernet,
  encode: encodeEthernet,
  seal: () => {},
  golden: [
    {
      name: 'IPv4 to one station',
      bytes: hex(`02 00 5e 10 00 01 02 00 5e 10 00 02 08 00
                  45 b8 00 14 ff ff 00 00 ff fd cd 01 c0 00 02 01 c6 33 64 fe`),
      fields: {
        destination: hex('02 00 5e 10 00 01'),
        source: hex('02 00 5e 10 00 02'),
        type: 0x0800,
        payload: packet,
      },
    },
    {
      name: 'IPv4 to AllSPFRouters',
      bytes: hex(`01 00 5e 00 00 05 02 00 5e 10 00 02 08 00
                  45 b8 00 14 ff ff 00 00 ff fd cd 01 c0 00 02 01 c6 33 64 fe`),
      fields: {
        destination: hex('01 00 5e 00 00 05'),
        source: hex('02 00 5e 10 00 02'),
        type: 0x0800,
        payload: packet,
      },
    },
    {
      name: 'broadcast, tagged',
      bytes: hex('ff ff ff ff ff ff 02 00 5e 10 00 02 81 00 00 2a 88 b5 01 02'),
      fields: {
        destination: hex('ff ff ff ff ff ff'),
        source: hex('02 00 5e 10 00 02'),
        type: 0x8100,
        payload: hex('00 2a 88 b5 01 02'),
      },
    },
    {
      name: 'local experimental EtherType (IEEE 802), no payload',
      bytes: hex('02 00 5e 10 00 01 02 00 5e 10 00 02 88 b5'),
      fields: {
        destination: hex('02 00 5e 10 00 01'),
        source: hex('02 00 5e 10 00 02'),
        type: 0x88b5,
        payload: hex(''),
      },
    },
  ],
  faults: [
    {
      name: 'a byte short of a header',
      bytes: hex('02 00 5e 10 00 01 02 00 5e 10 00 02 08'),
      malformed: 'frame shorter than an Ethernet header',
      at: 0,
    },
    {
      name: 'spanning tree over LLC',
      bytes: hex('01 80 c2 00 00 00 02 00 5e 10 00 02 00 26 42 42 03'),
      malformed: '802.3 length where an EtherType was expected',
      at: 12,
    },
  ],
  arbitrary: record({
    destination: mac,
    source: mac,
    type: fc.integer({ min: 0x0600, max: 0xffff }),
    payload,
  }),
  linkType: LINKTYPE_ETHERNET,
  onWire: (bytes) => bytes,
  tshark: (fields) => ({
    'eth.dst': formatMac(fields.destination),
    'eth.src': formatMac(fields.source),
    ...(fields.type === 0x8100 ? { 'vlan.id': 42 } : { 'eth.type': fields.type }),
  }),
};
