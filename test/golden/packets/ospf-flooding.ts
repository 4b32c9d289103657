import fc from 'fast-check';
import { readU16, writeU16 } from '../../../src/base/bytes.js';
import { formatIpv4 } from '../../../src/base/ipv4.js';
import type { LsaHeader } from '../../../src/wire/ospf/lsa.js';
import { decodeLinkStateAck, encodeLinkStateAck } from '../../../src/wire/ospf/lsack.js';
import { decodeLinkStateRequest, encodeLinkStateRequest, type LsRequest } from '../../../src/wire/ospf/lsreq.js';
import { decodeLinkStateUpdate, encodeLinkStateUpdate } from '../../../src/wire/ospf/lsupd.js';
import { hex } from '../../support/hex.js';
import { record, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import { lsaHeader, lsaHeaderInTshark, ospfCodec } from './ospf-packet.js';

/* Link State Request, Update and Acknowledgment, sent by FRR 8.4.4 as in `ospf-adjacency.ts`. */

export const linkStateRequest = ospfCodec<readonly LsRequest[]>(
  {
    name: 'OSPF Link State Request',
    type: 3,
    decode: decodeLinkStateRequest,
    encode: encodeLinkStateRequest,
    arbitrary: fc.array(record({ type: u32, id: u32, advertisingRouter: u32 }), { maxLength: 8 }),
    tshark: ([first]) => ({
      'ospf.lsa': first.type,
      'ospf.link_state_id': formatIpv4(first.id),
      'ospf.advrouter': formatIpv4(first.advertisingRouter),
    }),
  },
  [
    {
      name: 'one router-LSA',
      bytes: hex('02030024 02020202 00000000 f5cf0000 00000000 00000000 00000001 01010101 01010101'),
      fields: {
        routerId: ip('2.2.2.2'),
        areaId: 0,
        body: [{ type: 1, id: ip('1.1.1.1'), advertisingRouter: ip('1.1.1.1') }],
      },
    },
  ],
  [
    {
      name: 'two thirds of a request',
      bytes: hex('02030020 02020202 00000000 f7d50000 00000000 00000000 00000001 01010101'),
      malformed: 'Link State Request ends within an entry',
      at: 32,
    },
  ],
);

/** Bytes with the length of an LSA header where an LSA has it: all that an Update looks at. */
function asLsa(bytes: Uint8Array): Uint8Array {
  writeU16(bytes, 18, bytes.length);
  return bytes;
}

export const linkStateUpdate = ospfCodec<readonly Uint8Array[]>(
  {
    name: 'OSPF Link State Update',
    type: 4,
    decode: decodeLinkStateUpdate,
    encode: encodeLinkStateUpdate,
    arbitrary: fc.array(
      fc.nat(10).chain((words) => fc.uint8Array({ minLength: 20 + 4 * words, maxLength: 20 + 4 * words }).map(asLsa)),
      { maxLength: 5 },
    ),
    tshark: (lsas) => ({
      'ospf.ls.number_of_lsas': lsas.length,
      ...(lsas.length > 0 && { 'ospf.lsa': lsas[0][3], 'ospf.lsa.length': readU16(lsas[0], 18) }),
    }),
  },
  [
    {
      name: 'two instances of a router-LSA',
      bytes: hex(`02040088 02020202 00000000 df850000 00000000 00000000 00000002
                  00010201 02020202 02020202 80000002 d7730030
                  00000002 c0000207 ffffffff 03000000 0a000c00 fffffffc 0300000a
                  00010201 02020202 02020202 80000003 58bd003c
                  00000003 c0000207 ffffffff 03000000 01010101 0a000c02 0100000a 0a000c00 fffffffc 0300000a`),
      fields: {
        routerId: ip('2.2.2.2'),
        areaId: 0,
        body: [
          hex(`00010201 02020202 02020202 80000002 d7730030
               00000002 c0000207 ffffffff 03000000 0a000c00 fffffffc 0300000a`),
          hex(`00010201 02020202 02020202 80000003 58bd003c
               00000003 c0000207 ffffffff 03000000 01010101 0a000c02 0100000a 0a000c00 fffffffc 0300000a`),
        ],
      },
    },
  ],
  [
    {
      name: 'an LSA more in the count than in the packet',
      bytes: hex(`02040088 02020202 00000000 df840000 00000000 00000000 00000003
                  00010201 02020202 02020202 80000002 d7730030
                  00000002 c0000207 ffffffff 03000000 0a000c00 fffffffc 0300000a
                  00010201 02020202 02020202 80000003 58bd003c
                  00000003 c0000207 ffffffff 03000000 01010101 0a000c02 0100000a 0a000c00 fffffffc 0300000a`),
      malformed: 'Link State Update does not hold the number of LSAs that it says',
      at: 24,
    },
    {
      name: 'an LSA shorter than its header, which would never end',
      bytes: hex(`02040030 02020202 00000000 98330000 00000000 00000000 00000001
                  00010201 02020202 02020202 80000002 d7730013`),
      malformed: 'LSA length is less than its header',
      at: 46,
    },
    {
      name: 'an LSA that goes on after the packet',
      bytes: hex(`02040030 02020202 00000000 982e0000 00000000 00000000 00000001
                  00010201 02020202 02020202 80000002 d7730018`),
      malformed: 'Link State Update ends within an LSA',
      at: 28,
    },
  ],
);

export const linkStateAck = ospfCodec<readonly LsaHeader[]>(
  {
    name: 'OSPF Link State Acknowledgment',
    type: 5,
    decode: decodeLinkStateAck,
    encode: encodeLinkStateAck,
    arbitrary: fc.array(lsaHeader, { maxLength: 5 }),
    tshark: ([first]) => lsaHeaderInTshark(first),
  },
  [
    {
      name: 'one router-LSA',
      bytes: hex(`0205002c 02020202 00000000 b82a0000 00000000 00000000
                  00030201 01010101 01010101 80000001 bb720024`),
      fields: {
        routerId: ip('2.2.2.2'),
        areaId: 0,
        body: [
          {
            age: 3,
            options: 0x02,
            type: 1,
            id: ip('1.1.1.1'),
            advertisingRouter: ip('1.1.1.1'),
            sequence: -0x7fffffff,
            checksum: 0xbb72,
            length: 36,
          },
        ],
      },
    },
  ],
  [
    {
      name: 'an LSA header without its last word',
      bytes: hex('02050028 02020202 00000000 73c50000 00000000 00000000 00030201 01010101 01010101 80000001'),
      malformed: 'packet ends within an LSA header',
      at: 40,
    },
  ],
);
