import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readU16 } from '../../src/base/bytes.js';
import {
  checkIcmp,
  fillIcmpChecksum,
  ICMP_BAD_CHECKSUM,
  ICMP_TOO_SHORT,
  ICMP_VALID,
  icmpCode,
  icmpType,
  isIcmpError,
  writeIcmpHeader,
} from '../../src/wire/icmpv4.js';
import {
  checkTcp,
  fillTcpChecksum,
  setTcpFlags,
  setTcpSequence,
  TCP_ACK,
  TCP_BAD_HEADER_LENGTH,
  TCP_CHECKSUM,
  TCP_PSH,
  TCP_SYN,
  TCP_TOO_SHORT,
  TCP_VALID,
  tcpFlags,
  tcpHeaderLength,
  tcpSequence,
} from '../../src/wire/tcp.js';
import {
  checkUdp,
  decodeUdp,
  encodeUdp,
  fillUdpChecksum,
  UDP_BAD_CHECKSUM,
  UDP_BAD_LENGTH,
  UDP_CHECKSUM,
  UDP_TOO_SHORT,
  UDP_VALID,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
} from '../../src/wire/udp.js';
import { ip } from '../golden/packets/ipv4.js';
import { hex } from '../support/hex.js';

const source = ip('10.1.1.1');
const destination = ip('10.0.0.2');

describe('ICMP in place', () => {
  const request = hex('ee 08 00 2d 64 12 34 00 01 6c 61 73 74 68 6f 70 21');

  it('is read', () => {
    assert.equal(checkIcmp(request, 1, 16), ICMP_VALID);
    assert.deepEqual([icmpType(request, 1), icmpCode(request, 1)], [8, 0]);
  });

  it('is written', () => {
    const bytes = request.slice();
    bytes.fill(0xff, 1, 9);
    writeIcmpHeader(bytes, 1, 8, 0, 0x12340001);
    fillIcmpChecksum(bytes, 1, 16);
    assert.deepEqual(bytes, request);
  });

  it('is checked', () => {
    assert.equal(checkIcmp(request, 1, 7), ICMP_TOO_SHORT);
    assert.equal(checkIcmp(request, 1, 15), ICMP_BAD_CHECKSUM);
  });

  it('is answered only if it is a query or an answer that we know', () => {
    for (const type of [0, 8, 13, 14, 42]) assert.equal(isIcmpError(type), false, `type ${type}`);
    for (const type of [3, 4, 5, 11, 12, 1, 41, 255]) assert.equal(isIcmpError(type), true, `type ${type}`);
  });
});

describe('UDP in place', () => {
  const datagram = hex('ee 9c 40 00 07 00 0f 96 3f 6c 61 73 74 68 6f 70');

  it('is read', () => {
    assert.equal(udpSourcePort(datagram, 1), 40_000);
    assert.equal(udpDestinationPort(datagram, 1), 7);
    assert.equal(udpLength(datagram, 1), 15);
    assert.equal(checkUdp(datagram, 1, 15, source, destination), UDP_VALID);
  });

  it('is checked with the addresses', () => {
    assert.equal(checkUdp(datagram, 1, 15, source, destination + 1), UDP_BAD_CHECKSUM);
    assert.equal(checkUdp(datagram, 1, 14, source, destination), UDP_BAD_LENGTH);
    assert.equal(checkUdp(datagram, 1, 7, source, destination), UDP_TOO_SHORT);
  });

  it('never has a checksum of 0 when it has one', () => {
    const bytes = hex('00 07 9c 40 00 0a 12 34 4e 8f');
    fillUdpChecksum(bytes, 0, 10, source, destination);
    assert.equal(readU16(bytes, UDP_CHECKSUM), 0xffff);
    assert.equal(checkUdp(bytes, 0, 10, source, destination), UDP_VALID);
  });

  it('ends where its own length says', () => {
    const padded = hex('9c 40 00 07 00 0f 96 3f 6c 61 73 74 68 6f 70 00 00');
    assert.deepEqual(decodeUdp(padded, source, destination), {
      sourcePort: 40_000,
      destinationPort: 7,
      payload: hex('6c617374686f70'),
    });
  });

  it('has a largest payload', () => {
    const largest = { sourcePort: 1, destinationPort: 2, payload: new Uint8Array(65_507).fill(0xa5) };
    assert.deepEqual(decodeUdp(encodeUdp(largest, source, destination), source, destination), largest);
    const larger = { ...largest, payload: new Uint8Array(65_508) };
    assert.throws(() => encodeUdp(larger, source, destination), {
      name: 'RangeError',
      message: 'UDP datagram of 65516 bytes, expected at most 65515',
    });
  });
});

describe('TCP in place', () => {
  /** SYN of a Linux host with MSS, SACK, timestamps and window scale; checksum 0. */
  const syn = hex(`9c 40 01 bb fe dc ba 98 00 00 00 00 a0 02 fa f0 00 00 00 00
                   02 04 05 b4 04 02 08 0a 00 00 00 01 00 00 00 00 01 03 03 07`);

  it('is read', () => {
    assert.equal(checkTcp(syn, 0, 40), TCP_VALID);
    assert.equal(tcpSequence(syn, 0), 0xfedcba98);
    assert.equal(tcpHeaderLength(syn, 0), 40);
    assert.equal(tcpFlags(syn, 0), TCP_SYN);
  });

  it('is changed', () => {
    const bytes = syn.slice();
    setTcpSequence(bytes, 0, 0xffffffff);
    setTcpFlags(bytes, 0, TCP_ACK | TCP_PSH);
    assert.deepEqual(bytes.subarray(4, 8), hex('ff ff ff ff'));
    assert.equal(bytes[13], 0x18);
  });

  it('gets a checksum', () => {
    const bytes = syn.slice();
    fillTcpChecksum(bytes, 0, 40, source, destination);
    // The sum of the words above, of 0a01 0101 0a00 0002 and of 6 + 40, inverted.
    assert.equal(readU16(bytes, TCP_CHECKSUM), 0xe099);
  });

  it('is checked', () => {
    assert.equal(checkTcp(syn, 0, 19), TCP_TOO_SHORT);
    assert.equal(checkTcp(syn, 0, 39), TCP_TOO_SHORT);
    const bytes = syn.slice();
    bytes[12] = 0x40;
    assert.equal(checkTcp(bytes, 0, 40), TCP_BAD_HEADER_LENGTH);
  });
});
