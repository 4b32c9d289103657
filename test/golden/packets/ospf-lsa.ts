import fc from 'fast-check';
import { writeU16 } from '../../../src/base/bytes.js';
import { formatIpv4 } from '../../../src/base/ipv4.js';
import { isMalformed, type Malformed } from '../../../src/wire/malformed.js';
import { encodeExternalLsa } from '../../../src/wire/ospf/external-lsa.js';
import { lsaChecksum } from '../../../src/wire/ospf/fletcher.js';
import { encodeOspfPacket } from '../../../src/wire/ospf/header.js';
import { decodeLsa, encodeLsa, type LsaBody, type LsaHeader } from '../../../src/wire/ospf/lsa.js';
import { encodeLinkStateUpdate } from '../../../src/wire/ospf/lsupd.js';
import { encodeNetworkLsa } from '../../../src/wire/ospf/network-lsa.js';
import { encodeRouterLsa } from '../../../src/wire/ospf/router-lsa.js';
import { encodeSummaryLsa } from '../../../src/wire/ospf/summary-lsa.js';
import { hex } from '../../support/hex.js';
import { LINKTYPE_IPV4 } from '../../support/pcap.js';
import { record, u8, u16, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import { contiguousMask, onOspfWire } from './ospf-packet.js';
import type { PacketCodec, TsharkValue } from './packet-codec.js';

/*
 * Single LSAs, originated by FRR 8.4.4: routers 1.1.1.1 and 2.2.2.2 on the broadcast network 10.0.12.0/30, where 2.2.2.2
 * is also border router of area 1 and announces an external prefix.
 */

/** An LSA without what follows from the rest: checksum and length. */
interface LsaFields {
  readonly header: Omit<LsaHeader, 'checksum' | 'length'>;
  readonly body: LsaBody;
}

function decode(bytes: Uint8Array): LsaFields | Malformed {
  const lsa = decodeLsa(bytes);
  if (isMalformed(lsa)) return lsa;
  const { checksum: _checksum, length: _length, ...header } = lsa.header;
  return { header, body: lsa.body };
}

function encode(lsa: LsaFields): Uint8Array {
  return encodeLsa(lsa.header, encodeBody(lsa.body));
}

/** An opaque body is not kept by the decoder: it is flooded from the bytes that came. */
function encodeBody(body: LsaBody): Uint8Array {
  switch (body.kind) {
    case 'router':
      return encodeRouterLsa(body);
    case 'network':
      return encodeNetworkLsa(body);
    case 'summary':
      return encodeSummaryLsa(body);
    case 'external':
      return encodeExternalLsa(body);
    case 'opaque':
      return new Uint8Array(0);
  }
}

function seal(bytes: Uint8Array): void {
  if (bytes.length < 20 || bytes.length > 0xffff) return;
  writeU16(bytes, 18, bytes.length);
  writeU16(bytes, 16, lsaChecksum(bytes));
}

/** A header with the type of its body. In a router-LSA, ID and advertising router are the same. */
function anyLsa(types: readonly number[], body: fc.Arbitrary<LsaBody>): fc.Arbitrary<LsaFields> {
  return fc
    .tuple(record({ age: u16, options: u8, id: u32, sequence: u32 }), fc.constantFrom(...types), u32, body)
    .map(([{ age, options, id, sequence }, type, advertisingRouter, anyBody]) => ({
      header: {
        age,
        options,
        type,
        id: type === 1 ? advertisingRouter : id,
        advertisingRouter,
        sequence: sequence | 0,
      },
      body: anyBody,
    }));
}

const u24 = fc.nat(0xffffff);

const routerBody: fc.Arbitrary<LsaBody> = record({
  kind: fc.constant('router' as const),
  flags: u8,
  links: fc.array(record({ type: fc.integer({ min: 1, max: 4 }), id: u32, data: u32, metric: u16 }), { maxLength: 6 }),
});

const networkBody: fc.Arbitrary<LsaBody> = record({
  kind: fc.constant('network' as const),
  networkMask: contiguousMask,
  attachedRouters: fc.array(u32, { minLength: 1, maxLength: 6 }),
});

const summaryBody: fc.Arbitrary<LsaBody> = record({
  kind: fc.constant('summary' as const),
  networkMask: contiguousMask,
  metric: u24,
});

const externalBody: fc.Arbitrary<LsaBody> = record({
  kind: fc.constant('external' as const),
  networkMask: contiguousMask,
  metricType: fc.constantFrom(1 as const, 2 as const),
  metric: u24,
  forwardingAddress: u32,
  tag: u32,
});

function bodyInTshark(body: LsaBody): { readonly [field: string]: TsharkValue } {
  switch (body.kind) {
    case 'router':
      return {
        'ospf.v2.router.lsa.flags': body.flags,
        'ospf.lsa.number_of_links': body.links.length,
        'ospf.lsa.router.linktype': body.links[0].type,
        'ospf.lsa.router.linkid': formatIpv4(body.links[0].id),
        'ospf.lsa.router.linkdata': formatIpv4(body.links[0].data),
        'ospf.lsa.router.metric0': body.links[0].metric,
      };
    case 'network':
      return {
        'ospf.lsa.network.netmask': formatIpv4(body.networkMask),
        'ospf.lsa.network.attchrtr': formatIpv4(body.attachedRouters[0]),
      };
    case 'summary':
      return { 'ospf.metric': body.metric };
    case 'external':
      return {
        'ospf.lsa.asext.netmask': formatIpv4(body.networkMask),
        'ospf.lsa.asext.type': body.metricType - 1,
        'ospf.metric': body.metric,
        'ospf.lsa.asext.fwdaddr': formatIpv4(body.forwardingAddress),
        'ospf.lsa.asext.extrttag': body.tag,
      };
    case 'opaque':
      return {};
  }
}

/** tshark takes the ID of an opaque LSA apart: opaque type, opaque ID (RFC 5250). */
function idInTshark({ type, id }: LsaFields['header']): { readonly [field: string]: TsharkValue } {
  if (type < 9) return { 'ospf.lsa.id': formatIpv4(id) };
  return { 'ospf.lsid_opaque_type': id >>> 24 };
}

const ofB = {
  age: 1,
  options: 0x02,
  id: ip('2.2.2.2'),
  advertisingRouter: ip('2.2.2.2'),
  sequence: -0x7fffffff,
};

export const lsa: PacketCodec<LsaFields> = {
  name: 'OSPF LSA',
  decode,
  encode,
  seal,
  golden: [
    {
      name: 'router-LSA with point-to-point link and stubs',
      bytes: hex(`00010201 02020202 02020202 80000003 58bd003c
                  00000003 c0000207 ffffffff 03000000 01010101 0a000c02 0100000a 0a000c00 fffffffc 0300000a`),
      fields: {
        header: { ...ofB, type: 1, sequence: -0x7ffffffd },
        body: {
          kind: 'router',
          flags: 0,
          links: [
            { type: 3, id: ip('192.0.2.7'), data: ip('255.255.255.255'), metric: 0 },
            { type: 1, id: ip('1.1.1.1'), data: ip('10.0.12.2'), metric: 10 },
            { type: 3, id: ip('10.0.12.0'), data: ip('255.255.255.252'), metric: 10 },
          ],
        },
      },
    },
    {
      name: 'router-LSA of a border router with a transit link',
      bytes: hex(`00010201 02020202 02020202 80000005 82a60030
                  03000002 c0000207 ffffffff 03000000 0a000c02 0a000c02 0200000a`),
      fields: {
        header: { ...ofB, type: 1, sequence: -0x7ffffffb },
        body: {
          kind: 'router',
          flags: 3,
          links: [
            { type: 3, id: ip('192.0.2.7'), data: ip('255.255.255.255'), metric: 0 },
            { type: 2, id: ip('10.0.12.2'), data: ip('10.0.12.2'), metric: 10 },
          ],
        },
      },
    },
    {
      name: 'network-LSA',
      bytes: hex('00010202 0a000c02 02020202 80000001 9e920020 fffffffc 01010101 02020202'),
      fields: {
        header: { ...ofB, type: 2, id: ip('10.0.12.2') },
        body: {
          kind: 'network',
          networkMask: ip('255.255.255.252'),
          attachedRouters: [ip('1.1.1.1'), ip('2.2.2.2')],
        },
      },
    },
    {
      name: 'summary-LSA',
      bytes: hex('00040203 c6336400 02020202 80000001 c428001c ffffff00 0000000a'),
      fields: {
        header: { ...ofB, type: 3, age: 4, id: ip('198.51.100.0') },
        body: { kind: 'summary', networkMask: ip('255.255.255.0'), metric: 10 },
      },
    },
    {
      name: 'AS-external-LSA',
      bytes: hex(`00050205 cb007180 02020202 80000001 b0480024
                  ffffff80 00000014 00000000 00000000`),
      fields: {
        header: { ...ofB, type: 5, age: 5, id: ip('203.0.113.128') },
        body: {
          kind: 'external',
          networkMask: ip('255.255.255.128'),
          metricType: 1,
          metric: 20,
          forwardingAddress: 0,
          tag: 0,
        },
      },
    },
    {
      name: 'opaque LSA with router information',
      bytes: hex('0001420a 04000000 01010101 80000001 7f79001c 00010004 10000000'),
      fields: {
        header: {
          ...ofB,
          type: 10,
          options: 0x42,
          id: ip('4.0.0.0'),
          advertisingRouter: ip('1.1.1.1'),
        },
        body: { kind: 'opaque' },
      },
      decodeOnly: true,
    },
  ],
  faults: [
    {
      name: 'a byte short of a header',
      bytes: hex('00010202 0a000c02 02020202 80000001 9e9200'),
      malformed: 'LSA shorter than its header',
      at: 19,
    },
    {
      name: 'more bytes than its length',
      bytes: hex('00010202 0a000c02 02020202 80000001 9e920020 fffffffc 01010101 02020202 00000000'),
      malformed: 'LSA length is not what was received',
      at: 18,
    },
    {
      name: 'a bit flipped',
      bytes: hex('00010202 0a000c02 02020202 80000001 9e920020 fffffffc 01010101 02020203'),
      malformed: 'LSA checksum is wrong',
      at: 16,
    },
    {
      name: 'checksum 0, which means not computed',
      bytes: hex('00010202 0a000c02 02020202 80000001 00000020 fffffffc 01010101 02020202'),
      malformed: 'LSA checksum is wrong',
      at: 16,
    },
  ],
  arbitrary: fc.oneof(
    anyLsa([1], routerBody),
    anyLsa([2], networkBody),
    anyLsa([3, 4], summaryBody),
    anyLsa([5, 7], externalBody),
  ),
  linkType: LINKTYPE_IPV4,
  onWire: (bytes) => onOspfWire(encodeOspfPacket(4, ip('2.2.2.2'), 0, encodeLinkStateUpdate([bytes]))),
  tshark: ({ header, body }, bytes) => ({
    'ospf.lsa.age': header.age,
    'ospf.lsa': header.type,
    ...idInTshark(header),
    'ospf.advrouter': formatIpv4(header.advertisingRouter),
    'ospf.lsa.seqnum': header.sequence >>> 0,
    'ospf.lsa.length': bytes.length,
    '_ws.expert': '',
    ...bodyInTshark(body),
  }),
};
