import fc from 'fast-check';
import { writeU16 } from '../../../src/base/bytes.js';
import { checksum, onesComplementSum } from '../../../src/base/checksum.js';
import { formatIpv4 } from '../../../src/base/ipv4.js';
import { maskOf } from '../../../src/base/prefix.js';
import { encodeIpv4 } from '../../../src/wire/ipv4.js';
import { isMalformed, type Malformed, malformed } from '../../../src/wire/malformed.js';
import {
  decodeOspfHeader,
  encodeOspfPacket,
  OSPF_CHECKSUM,
  OSPF_HEADER_BYTES,
  OSPF_LENGTH,
  OSPF_TYPE,
  ospfBody,
} from '../../../src/wire/ospf/header.js';
import type { LsaHeader } from '../../../src/wire/ospf/lsa.js';
import { hex } from '../../support/hex.js';
import { LINKTYPE_IPV4 } from '../../support/pcap.js';
import { record, u8, u16, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import type { GoldenFault, GoldenPacket, PacketCodec, TsharkValue } from './packet-codec.js';

/** One OSPF packet with null authentication. */
export interface OspfPacket<Body> {
  readonly routerId: number;
  readonly areaId: number;
  readonly body: Body;
}

/** What differs from one OSPF packet type to the other. */
export interface OspfBody<Body> {
  readonly name: string;
  readonly type: number;
  decode(body: Uint8Array): Body | Malformed;
  encode(body: Body): Uint8Array;
  readonly arbitrary: fc.Arbitrary<Body>;
  tshark(body: Body): { readonly [field: string]: TsharkValue };
}

/** Puts an OSPF packet into the IPv4 packet that would carry it. */
export function onOspfWire(bytes: Uint8Array): Uint8Array {
  return encodeIpv4({
    tos: 0xc0,
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 1,
    protocol: 89,
    source: ip('10.0.12.2'),
    destination: ip('224.0.0.5'),
    options: hex(''),
    payload: bytes,
  });
}

/** The codec of whole OSPF packets, header and body, of one type. */
export function ospfCodec<Body extends object>(
  body: OspfBody<Body>,
  golden: readonly GoldenPacket<OspfPacket<Body>>[],
  faults: readonly GoldenFault[],
): PacketCodec<OspfPacket<Body>> {
  return {
    name: body.name,
    decode: (bytes) => decodeOspf(bytes, body),
    encode: (packet) => encodeOspfPacket(body.type, packet.routerId, packet.areaId, body.encode(packet.body)),
    seal: sealOspf,
    golden,
    faults,
    arbitrary: record({ routerId: u32, areaId: u32, body: body.arbitrary }),
    linkType: LINKTYPE_IPV4,
    onWire: onOspfWire,
    tshark: (packet, bytes) => ({
      'ospf.version': 2,
      'ospf.msg': body.type,
      'ospf.packet_length': bytes.length,
      'ospf.srcrouter': formatIpv4(packet.routerId),
      'ospf.area_id': formatIpv4(packet.areaId),
      'ospf.auth.type': 0,
      '_ws.expert': '',
      ...body.tshark(packet.body),
    }),
  };
}

function decodeOspf<Body extends object>(bytes: Uint8Array, body: OspfBody<Body>): OspfPacket<Body> | Malformed {
  const header = decodeOspfHeader(bytes);
  if (isMalformed(header)) return header;
  if (header.type !== body.type) return malformed(`OSPF type is not ${body.type}`, OSPF_TYPE);
  const decoded = body.decode(ospfBody(bytes, header));
  if (isMalformed(decoded)) return malformed(decoded.malformed, OSPF_HEADER_BYTES + decoded.at);
  return { routerId: header.routerId, areaId: header.areaId, body: decoded };
}

function sealOspf(bytes: Uint8Array): void {
  if (bytes.length < OSPF_HEADER_BYTES) return;
  const length = Math.min(bytes.length & ~3, 0xfffc);
  writeU16(bytes, OSPF_LENGTH, length);
  writeU16(bytes, OSPF_CHECKSUM, 0);
  const body = onesComplementSum(bytes, OSPF_HEADER_BYTES, length - OSPF_HEADER_BYTES);
  writeU16(bytes, OSPF_CHECKSUM, checksum(bytes, 0, 16, body));
}

export const contiguousMask = fc.nat(32).map(maskOf);

export const lsaHeader: fc.Arbitrary<LsaHeader> = record({
  age: u16,
  options: u8,
  type: u8,
  id: u32,
  advertisingRouter: u32,
  sequence: u32.map((unsigned) => unsigned | 0),
  checksum: u16,
  length: fc.integer({ min: 20, max: 0xffff }),
});

/** What tshark prints of the first LSA header in a packet. */
export function lsaHeaderInTshark(header: LsaHeader): { readonly [field: string]: TsharkValue } {
  return {
    'ospf.lsa.age': header.age,
    'ospf.lsa': header.type,
    'ospf.lsa.id': formatIpv4(header.id),
    'ospf.advrouter': formatIpv4(header.advertisingRouter),
    'ospf.lsa.seqnum': header.sequence >>> 0,
    'ospf.lsa.chksum': header.checksum,
    'ospf.lsa.length': header.length,
  };
}
