import fc from 'fast-check';
import { formatIpv4 } from '../../../src/base/ipv4.js';
import {
  type DatabaseDescription,
  decodeDatabaseDescription,
  encodeDatabaseDescription,
} from '../../../src/wire/ospf/dbdesc.js';
import { decodeHello, encodeHello, type Hello } from '../../../src/wire/ospf/hello.js';
import { hex } from '../../support/hex.js';
import { record, u8, u16, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import { contiguousMask, lsaHeader, lsaHeaderInTshark, ospfCodec } from './ospf-packet.js';

/*
 * Hello and Database Description. The bytes were sent by FRR 8.4.4 between two routers, 1.1.1.1 and 2.2.2.2, on
 * 10.0.12.0/30.
 */

const helloOfA: Hello = {
  networkMask: ip('255.255.255.252'),
  helloIntervalSeconds: 1,
  options: 0x02,
  priority: 1,
  deadIntervalSeconds: 4,
  designatedRouter: 0,
  backupDesignatedRouter: 0,
  neighbors: [],
};

export const hello = ospfCodec<Hello>(
  {
    name: 'OSPF Hello',
    type: 1,
    decode: decodeHello,
    encode: encodeHello,
    arbitrary: record({
      networkMask: contiguousMask,
      helloIntervalSeconds: u16,
      options: u8,
      priority: u8,
      deadIntervalSeconds: u32,
      designatedRouter: u32,
      backupDesignatedRouter: u32,
      neighbors: fc.array(u32, { maxLength: 8 }),
    }),
    tshark: (body) => ({
      'ospf.hello.network_mask': formatIpv4(body.networkMask),
      'ospf.hello.hello_interval': body.helloIntervalSeconds,
      'ospf.v2.options': body.options,
      'ospf.hello.router_priority': body.priority,
      'ospf.hello.router_dead_interval': body.deadIntervalSeconds,
      'ospf.hello.designated_router': formatIpv4(body.designatedRouter),
      'ospf.hello.backup_designated_router': formatIpv4(body.backupDesignatedRouter),
      'ospf.hello.active_neighbor': body.neighbors.length > 0 ? formatIpv4(body.neighbors[0]) : '',
    }),
  },
  [
    {
      name: 'nobody heard yet',
      bytes: hex(`0201002c 01010101 00000000 f9cd0000 00000000 00000000
                  fffffffc 00010201 00000004 00000000 00000000`),
      fields: { routerId: ip('1.1.1.1'), areaId: 0, body: helloOfA },
    },
    {
      name: 'one neighbor',
      bytes: hex(`02010030 01010101 00000000 f5c50000 00000000 00000000
                  fffffffc 00010201 00000004 00000000 00000000 02020202`),
      fields: { routerId: ip('1.1.1.1'), areaId: 0, body: { ...helloOfA, neighbors: [ip('2.2.2.2')] } },
    },
    {
      name: 'designated routers',
      bytes: hex(`02010030 01010101 00000000 c9c20000 00000000 00000000
                  fffffffc 00010201 00000004 0a000c02 0a000c01 02020202`),
      fields: {
        routerId: ip('1.1.1.1'),
        areaId: 0,
        body: {
          ...helloOfA,
          designatedRouter: ip('10.0.12.2'),
          backupDesignatedRouter: ip('10.0.12.1'),
          neighbors: [ip('2.2.2.2')],
        },
      },
    },
  ],
  [
    {
      name: 'a byte short of an OSPF header',
      bytes: hex('0201002c 01010101 00000000 f9cd0000 00000000 000000'),
      malformed: 'OSPF packet shorter than its header',
      at: 23,
    },
    {
      name: 'version 3',
      bytes: hex(`0301002c 01010101 00000000 f8cd0000 00000000 00000000
                  fffffffc 00010201 00000004 00000000 00000000`),
      malformed: 'OSPF version is not 2',
      at: 0,
    },
    {
      name: 'packet type 6',
      bytes: hex('02060018 01010101 00000000 fbdf0000 00000000 00000000'),
      malformed: 'OSPF packet type is not 1 to 5',
      at: 1,
    },
    {
      name: 'length beyond the packet',
      bytes: hex(`02010030 01010101 00000000 f9c90000 00000000 00000000
                  fffffffc 00010201 00000004 00000000 00000000`),
      malformed: 'OSPF length is more than was received',
      at: 2,
    },
    {
      name: 'a bit flipped in the dead interval',
      bytes: hex(`0201002c 01010101 00000000 f9cd0000 00000000 00000000
                  fffffffc 00010201 00000005 00000000 00000000`),
      malformed: 'OSPF checksum is wrong',
      at: 12,
    },
    {
      name: 'no room for the designated routers',
      bytes: hex('02010024 01010101 00000000 f9d50000 00000000 00000000 fffffffc 00010201 00000004'),
      malformed: 'Hello shorter than 20 bytes',
      at: 36,
    },
    {
      name: 'mask with a hole',
      bytes: hex(`0201002c 01010101 00000000 f9d00000 00000000 00000000
                  fffffff9 00010201 00000004 00000000 00000000`),
      malformed: 'Hello network mask has a hole',
      at: 24,
    },
  ],
);

export const databaseDescription = ospfCodec<DatabaseDescription>(
  {
    name: 'OSPF Database Description',
    type: 2,
    decode: decodeDatabaseDescription,
    encode: encodeDatabaseDescription,
    arbitrary: record({
      mtu: u16,
      options: u8,
      flags: u8,
      sequence: u32,
      headers: fc.array(lsaHeader, { maxLength: 5 }),
    }),
    tshark: (body) => ({
      'ospf.db.interface_mtu': body.mtu,
      'ospf.v2.options': body.options,
      'ospf.dbd': body.flags,
      'ospf.db.dd_sequence': body.sequence,
      ...(body.headers.length > 0 && lsaHeaderInTshark(body.headers[0])),
    }),
  },
  [
    {
      name: 'the first of an exchange',
      bytes: hex('02020020 01010101 00000000 95540000 00000000 00000000 05dc0207 4b75132f'),
      fields: {
        routerId: ip('1.1.1.1'),
        areaId: 0,
        body: { mtu: 1500, options: 0x02, flags: 7, sequence: 0x4b75132f, headers: [] },
      },
    },
    {
      name: 'the last of the master, one LSA',
      bytes: hex(`02020034 02020202 00000000 1eec0000 00000000 00000000 05dc0201 7f6cf1e0
                  00000201 02020202 02020202 80000002 d7730030`),
      fields: {
        routerId: ip('2.2.2.2'),
        areaId: 0,
        body: {
          mtu: 1500,
          options: 0x02,
          flags: 1,
          sequence: 0x7f6cf1e0,
          headers: [
            {
              age: 0,
              options: 0x02,
              type: 1,
              id: ip('2.2.2.2'),
              advertisingRouter: ip('2.2.2.2'),
              sequence: -0x7ffffffe,
              checksum: 0xd773,
              length: 48,
            },
          ],
        },
      },
    },
  ],
  [
    {
      name: 'half an LSA header',
      bytes: hex(`0202002c 02020202 00000000 769a0000 00000000 00000000 05dc0201 7f6cf1e0
                  00000201 02020202 02020202`),
      malformed: 'packet ends within an LSA header',
      at: 44,
    },
  ],
);
