import fc from 'fast-check';
import { type BfdPacket, decodeBfd, encodeBfd } from '../../../src/wire/bfd.js';
import { encodeIpv4 } from '../../../src/wire/ipv4.js';
import { encodeUdp } from '../../../src/wire/udp.js';
import { hex } from '../../support/hex.js';
import { LINKTYPE_IPV4 } from '../../support/pcap.js';
import { record, u8, u32 } from './arbitraries.js';
import { ip } from './ipv4.js';
import type { PacketCodec } from './packet-codec.js';

const source = ip('10.1.1.1');
const destination = ip('10.1.1.2');

/** Down, 1 s and 300 ms × 3, nobody heard yet. */
const DOWN: BfdPacket = {
  diagnostic: 0,
  state: 1,
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  multiplier: 3,
  myDiscriminator: 0x01020304,
  yourDiscriminator: 0,
  desiredMinTxUs: 1_000_000,
  requiredMinRxUs: 300_000,
  requiredMinEchoRxUs: 50_000,
  authentication: undefined,
};
const DOWN_BYTES = '20 40 03 18 01 02 03 04 00 00 00 00 00 0f 42 40 00 04 93 e0 00 00 c3 50';
const UP_BYTES = '20 c8 05 18 01 02 03 04 0a 0b 0c 0d 00 00 27 10 00 00 27 10 00 00 00 00';

/** `DOWN_BYTES` with one byte or more otherwise. */
const but = (at: number, ...values: readonly number[]): Uint8Array => {
  const bytes = hex(DOWN_BYTES);
  bytes.set(values, at);
  return bytes;
};

const fault = (name: string, bytes: Uint8Array, malformed: string, at: number) => ({ name, bytes, malformed, at });

/** Encoding knows packets that decoding refuses: those must not come out of here. */
const packets = record<BfdPacket>({
  diagnostic: fc.nat(31),
  state: fc.nat(3),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  multiplier: u8,
  myDiscriminator: u32,
  yourDiscriminator: u32,
  desiredMinTxUs: u32,
  requiredMinRxUs: u32,
  requiredMinEchoRxUs: u32,
  authentication: fc.option(fc.uint8Array({ minLength: 2, maxLength: 40 }), { nil: undefined }),
}).filter(
  ({ poll, final, multiplier, myDiscriminator, yourDiscriminator, state }) =>
    !(poll && final) && multiplier > 0 && myDiscriminator > 0 && (yourDiscriminator > 0 || state <= 1),
);

export const bfd: PacketCodec<BfdPacket> = {
  name: 'BFD',
  decode: decodeBfd,
  encode: encodeBfd,
  seal: () => {},
  golden: [
    { name: 'Down, nobody heard yet', bytes: hex(DOWN_BYTES), fields: DOWN },
    {
      name: 'Up at 10 ms × 5, independent of the control plane',
      bytes: hex(UP_BYTES),
      fields: {
        ...DOWN,
        state: 3,
        controlPlaneIndependent: true,
        multiplier: 5,
        yourDiscriminator: 0x0a0b0c0d,
        desiredMinTxUs: 10_000,
        requiredMinRxUs: 10_000,
        requiredMinEchoRxUs: 0,
      },
    },
    {
      name: 'Init with Poll, detection time expired before',
      bytes: hex('21 a0 03 18 01 02 03 04 0a 0b 0c 0d 00 0f 42 40 00 04 93 e0 00 00 c3 50'),
      fields: { ...DOWN, diagnostic: 1, state: 2, poll: true, yourDiscriminator: 0x0a0b0c0d },
    },
    {
      name: 'Up with Final and Demand, the largest numbers',
      bytes: hex('28 d2 ff 18 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff'),
      fields: {
        ...DOWN,
        diagnostic: 8,
        state: 3,
        final: true,
        demand: true,
        multiplier: 255,
        myDiscriminator: 0xffffffff,
        yourDiscriminator: 0xffffffff,
        desiredMinTxUs: 0xffffffff,
        requiredMinRxUs: 0xffffffff,
        requiredMinEchoRxUs: 0xffffffff,
      },
    },
    {
      name: 'AdminDown with a simple password (RFC 5880 section 4.2)',
      bytes: hex('27 04 03 1f 01 02 03 04 00 00 00 00 00 0f 42 40 00 04 93 e0 00 00 c3 50 01 07 02 73 65 63 72'),
      fields: { ...DOWN, diagnostic: 7, state: 0, authentication: hex('01 07 02 73 65 63 72') },
    },
    {
      name: 'bytes behind the packet',
      bytes: hex(`${DOWN_BYTES} de ad be ef`),
      fields: DOWN,
      decodeOnly: true,
    },
  ],
  faults: [
    fault('nothing', hex(''), 'BFD packet shorter than 24 bytes', 0),
    fault('a byte short', hex(DOWN_BYTES).subarray(0, 23), 'BFD packet shorter than 24 bytes', 0),
    fault('version 0', but(0, 0x00), 'BFD version is not 1', 0),
    fault('version 2', but(0, 0x40), 'BFD version is not 1', 0),
    fault('length below 24', but(3, 23), 'BFD length below its minimum or beyond the datagram', 3),
    fault('length beyond the datagram', but(3, 25), 'BFD length below its minimum or beyond the datagram', 3),
    fault('A bit and no room for a section', but(1, 0x44), 'BFD length below its minimum or beyond the datagram', 3),
    fault('multiplier 0', but(2, 0), 'BFD detection multiplier is 0', 2),
    fault('multipoint', but(1, 0x41), 'BFD multipoint bit set', 1),
    fault('no discriminator', but(4, 0, 0, 0, 0), 'BFD discriminator of the sender is 0', 4),
    fault('Poll and Final', but(1, 0x70), 'BFD Poll and Final in one packet', 1),
    fault('Init without ours', but(1, 0x80), 'BFD session is Init or Up without our discriminator', 8),
    fault('Up without ours', but(1, 0xc0), 'BFD session is Init or Up without our discriminator', 8),
  ],
  arbitrary: packets,
  linkType: LINKTYPE_IPV4,
  onWire: (bytes) =>
    encodeIpv4({
      tos: 0xc0,
      identification: 0,
      dontFragment: false,
      moreFragments: false,
      fragmentOffset: 0,
      ttl: 255,
      protocol: 17,
      source,
      destination,
      options: hex(''),
      payload: encodeUdp({ sourcePort: 49_152, destinationPort: 3784, payload: bytes }, source, destination),
    }),
  tshark: (fields) => ({
    'bfd.version': 1,
    'bfd.diag': fields.diagnostic,
    'bfd.sta': fields.state,
    'bfd.flags.p': fields.poll,
    'bfd.flags.f': fields.final,
    'bfd.flags.c': fields.controlPlaneIndependent,
    'bfd.flags.a': fields.authentication !== undefined,
    'bfd.flags.d': fields.demand,
    'bfd.flags.m': false,
    'bfd.detect_time_multiplier': fields.multiplier,
    'bfd.my_discriminator': fields.myDiscriminator,
    'bfd.your_discriminator': fields.yourDiscriminator,
    'bfd.desired_min_tx_interval': fields.desiredMinTxUs,
    'bfd.required_min_rx_interval': fields.requiredMinRxUs,
    'bfd.required_min_echo_interval': fields.requiredMinEchoRxUs,
  }),
};
