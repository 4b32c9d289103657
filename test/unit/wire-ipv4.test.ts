import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkIpv4,
  encodeIpv4,
  fillIpv4Checksum,
  IPV4_BAD_CHECKSUM,
  IPV4_BAD_HEADER_LENGTH,
  IPV4_BAD_TOTAL_LENGTH,
  IPV4_BAD_VERSION,
  IPV4_FAULTS,
  IPV4_TOO_SHORT,
  IPV4_VALID,
  ipv4Destination,
  ipv4Fragment,
  ipv4HeaderLength,
  ipv4Identification,
  ipv4OptionLength,
  ipv4Protocol,
  ipv4Source,
  ipv4TotalLength,
  ipv4Ttl,
  isIpv4Fragment,
  PROTOCOL_UDP,
  pseudoHeaderSum,
  setIpv4Fragment,
  setIpv4Identification,
  setIpv4TotalLength,
  writeIpv4Header,
} from '../../src/wire/ipv4.js';
import { ip, ipv4 } from '../golden/packets/ipv4.js';
import { hex } from '../support/hex.js';

const HEADER = hex('45 00 00 1b 1c 46 40 00 40 fd 08 9d 0a 01 01 01 0a 00 00 02 6c 61 73 74 68 6f 70');

/** The packet behind other bytes, as it lies in an arena. */
function at(offset: number, packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(offset + packet.length + 5).fill(0xee);
  bytes.set(packet, offset);
  return bytes;
}

describe('IPv4 header in place', () => {
  it('is read at any offset', () => {
    const bytes = at(7, HEADER);
    assert.equal(checkIpv4(bytes, 7, HEADER.length), IPV4_VALID);
    assert.equal(ipv4HeaderLength(bytes, 7), 20);
    assert.equal(ipv4TotalLength(bytes, 7), 27);
    assert.equal(ipv4Identification(bytes, 7), 0x1c46);
    assert.equal(ipv4Fragment(bytes, 7), 0x4000);
    assert.equal(isIpv4Fragment(bytes, 7), false);
    assert.equal(ipv4Ttl(bytes, 7), 64);
    assert.equal(ipv4Protocol(bytes, 7), 253);
    assert.equal(ipv4Source(bytes, 7), ip('10.1.1.1'));
    assert.equal(ipv4Destination(bytes, 7), ip('10.0.0.2'));
  });

  it('is written at any offset, and nothing around it', () => {
    const bytes = at(7, new Uint8Array(20));
    writeIpv4Header(bytes, 7, 27, 253, ip('10.1.1.1'), ip('10.0.0.2'));
    setIpv4Identification(bytes, 7, 0x1c46);
    setIpv4Fragment(bytes, 7, 0x4000);
    fillIpv4Checksum(bytes, 7);
    assert.deepEqual(bytes, at(7, HEADER.subarray(0, 20)));
    setIpv4TotalLength(bytes, 7, 1500);
    assert.equal(ipv4TotalLength(bytes, 7), 1500);
  });

  it('knows fragments', () => {
    const bytes = HEADER.slice();
    for (const [word, expected] of [
      [0x0000, false],
      [0x4000, false],
      [0x8000, false],
      [0x2000, true],
      [0x0001, true],
      [0x1fff, true],
    ] as const) {
      setIpv4Fragment(bytes, 0, word);
      assert.equal(isIpv4Fragment(bytes, 0), expected, word.toString(16));
    }
  });

  it('rejects what is malformed, each with its reason', () => {
    const cases: [string, string, number][] = [
      ['too short', '45', IPV4_TOO_SHORT],
      ['version', '55 00 00 14 00 00 00 00 40 fd 00 00 0a 00 00 01 0a 00 00 02', IPV4_BAD_VERSION],
      ['header length', '44 00 00 14 00 00 00 00 40 fd 00 00 0a 00 00 01 0a 00 00 02', IPV4_BAD_HEADER_LENGTH],
      ['options beyond the end', '46 00 00 14 00 00 00 00 40 fd 00 00 0a 00 00 01 0a 00 00 02', IPV4_TOO_SHORT],
      ['total length', '45 00 00 13 00 00 00 00 40 fd 00 00 0a 00 00 01 0a 00 00 02', IPV4_BAD_TOTAL_LENGTH],
      ['checksum', '45 00 00 14 00 00 00 00 40 fd 00 00 0a 00 00 01 0a 00 00 02', IPV4_BAD_CHECKSUM],
    ];
    for (const [name, text, reason] of cases) {
      const packet = hex(text);
      assert.equal(checkIpv4(packet, 0, packet.length), reason, name);
      assert.notEqual(IPV4_FAULTS[reason], undefined);
    }
  });

  it('is checked within the length that the link received, not the array', () => {
    assert.equal(checkIpv4(HEADER, 0, 26), IPV4_BAD_TOTAL_LENGTH);
    assert.equal(checkIpv4(HEADER, 0, 19), IPV4_TOO_SHORT);
    assert.equal(checkIpv4(HEADER, 0, 0), IPV4_TOO_SHORT);
  });

  it('has a pseudo-header', () => {
    const sum = pseudoHeaderSum(ip('255.254.0.1'), ip('0.2.255.255'), PROTOCOL_UDP, 65_515);
    assert.equal(sum, 0xfffe + 0x0001 + 0x0002 + 0xffff + 17 + 65_515);
  });
});

describe('IPv4 options', () => {
  it('have lengths', () => {
    const options = hex('01 94 04 00 00 07 07 04 00 00 00 00 00');
    assert.equal(ipv4OptionLength(options, 0, 13), 1);
    assert.equal(ipv4OptionLength(options, 1, 13), 4);
    assert.equal(ipv4OptionLength(options, 5, 13), 7);
    assert.equal(ipv4OptionLength(options, 12, 13), 1);
  });

  it('are malformed when they do not end in the header or do not get on', () => {
    assert.equal(ipv4OptionLength(hex('94'), 0, 1), 0);
    assert.equal(ipv4OptionLength(hex('94 04 00 00'), 0, 3), 0);
    assert.equal(ipv4OptionLength(hex('94 00 00 00'), 0, 4), 0);
    assert.equal(ipv4OptionLength(hex('94 01 00 00'), 0, 4), 0);
    assert.equal(ipv4OptionLength(hex('94 02'), 0, 2), 2);
  });
});

describe('encodeIpv4', () => {
  const fields = ipv4.golden[0].fields;

  it('refuses lengths that IPv4 cannot express', () => {
    assert.throws(() => encodeIpv4({ ...fields, options: new Uint8Array(3) }), {
      name: 'RangeError',
      message: 'IPv4 options of 3 bytes, expected a multiple of 4 up to 40',
    });
    assert.throws(() => encodeIpv4({ ...fields, options: new Uint8Array(44) }), RangeError);
    assert.throws(() => encodeIpv4({ ...fields, payload: new Uint8Array(65_516) }), {
      name: 'RangeError',
      message: 'IPv4 packet of 65536 bytes, expected at most 65535',
    });
  });

  it('writes the largest packet', () => {
    const bytes = encodeIpv4({ ...fields, payload: new Uint8Array(65_515).fill(1) });
    assert.equal(checkIpv4(bytes, 0, bytes.length), IPV4_VALID);
    assert.equal(ipv4TotalLength(bytes, 0), 65_535);
  });
});
