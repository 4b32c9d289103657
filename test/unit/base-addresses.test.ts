import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIpv4, parseIpv4 } from '../../src/base/ipv4.js';
import { copyMac, formatMac, sameMac } from '../../src/base/mac.js';
import {
  formatInterfaceAddress,
  formatPrefix,
  lengthOfMask,
  maskOf,
  networkOf,
  parseInterfaceAddress,
  parsePrefix,
  prefixContains,
} from '../../src/base/prefix.js';
import { hex } from '../support/hex.js';

describe('IPv4 text', () => {
  it('is read', () => {
    assert.equal(parseIpv4('0.0.0.0'), 0);
    assert.equal(parseIpv4('10.0.0.1'), 0x0a000001);
    assert.equal(parseIpv4('255.255.255.255'), 0xffffffff);
  });

  const wrong = [
    ...[
      '',
      '1',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.',
      '.1.2.3',
      '1..2.3',
      '256.0.0.1',
      '0.0.0.256',
      '1.2.3.999',
      '1.2.3.1000',
    ],
    ...['01.2.3.4', '1.2.3.00', '0x7f.0.0.1', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4\n', '1.2.3.-4', '+1.2.3.4', '1e1.2.3.4'],
    ...['1.2.3.4/32', 'localhost', '١.2.3.4', '2130706433'],
  ];
  for (const text of wrong) {
    it(`is refused: ${JSON.stringify(text)}`, () => assert.equal(parseIpv4(text), undefined));
  }

  it('is what was read', () => {
    fc.assert(fc.property(fc.nat(0xffffffff), (address) => parseIpv4(formatIpv4(address)) === address));
  });
});

describe('prefixes', () => {
  it('are read and written', () => {
    assert.deepEqual(parsePrefix('0.0.0.0/0'), { address: 0, length: 0 });
    assert.deepEqual(parsePrefix('192.0.2.128/25'), { address: 0xc0000280, length: 25 });
    assert.deepEqual(parsePrefix('255.255.255.255/32'), { address: 0xffffffff, length: 32 });
    assert.equal(formatPrefix({ address: 0xc0000280, length: 25 }), '192.0.2.128/25');
  });

  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0/8',
    '10.0.0.0/8/8',
    '10.0.0.0 /8',
  ]) {
    it(`are refused: ${JSON.stringify(text)}`, () => {
      assert.equal(parsePrefix(text), undefined);
      assert.equal(parseInterfaceAddress(text), undefined);
    });
  }

  it('have no host bits, interface addresses may', () => {
    assert.equal(parsePrefix('10.0.0.1/24'), undefined);
    const address = parseInterfaceAddress('10.0.0.1/24');
    assert.deepEqual(address, { address: 0x0a000001, prefixLength: 24 });
    assert.deepEqual(networkOf({ address: 0x0a000001, prefixLength: 24 }), { address: 0x0a000000, length: 24 });
    assert.equal(formatInterfaceAddress({ address: 0x0a000001, prefixLength: 24 }), '10.0.0.1/24');
  });

  it('have masks', () => {
    assert.deepEqual(
      [0, 1, 8, 25, 31, 32].map(maskOf),
      [0, 0x80000000, 0xff000000, 0xffffff80, 0xfffffffe, 0xffffffff],
    );
    for (let length = 0; length <= 32; length++) assert.equal(lengthOfMask(maskOf(length)), length);
    for (const mask of [1, 0x7fffffff, 0xff00ff00, 0xfffffffd]) assert.equal(lengthOfMask(mask), undefined);
  });

  it('contain addresses', () => {
    const prefix = { address: 0xc0000280, length: 25 };
    assert.equal(prefixContains(prefix, 0xc0000280), true);
    assert.equal(prefixContains(prefix, 0xc00002ff), true);
    assert.equal(prefixContains(prefix, 0xc000027f), false);
    assert.equal(prefixContains({ address: 0, length: 0 }, 0xffffffff), true);
    assert.equal(prefixContains({ address: 0xffffffff, length: 32 }, 0xfffffffe), false);
  });
});

describe('MAC addresses', () => {
  it('are written as the kernel does', () => {
    assert.equal(formatMac(hex('02005e1000ff')), '02:00:5e:10:00:ff');
    assert.equal(formatMac(hex('ffff 02005e1000ff'), 2), '02:00:5e:10:00:ff');
  });

  it('are compared and copied', () => {
    const bytes = hex('02005e100001 02005e100002');
    assert.equal(sameMac(bytes, 0, bytes, 6), false);
    copyMac(bytes, 0, bytes, 6);
    assert.equal(sameMac(bytes, 0, bytes, 6), true);
    assert.equal(formatMac(bytes, 6), '02:00:5e:10:00:01');
  });
});
