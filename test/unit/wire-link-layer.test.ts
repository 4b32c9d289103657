import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ARP_BAD_HARDWARE,
  ARP_BAD_LENGTHS,
  ARP_BAD_OPERATION,
  ARP_BAD_PROTOCOL,
  ARP_REPLY,
  ARP_TOO_SHORT,
  ARP_VALID,
  arpOperation,
  arpSenderAddress,
  arpTargetAddress,
  checkArp,
  setArpSender,
  setArpTarget,
  writeArpHeader,
} from '../../src/wire/arp.js';
import {
  decodeEthernet,
  ETHERTYPE_ARP,
  etherType,
  isGroupMac,
  setEtherType,
  writeBroadcastMac,
  writeMulticastMac,
} from '../../src/wire/ethernet.js';
import {
  checkVirtio,
  setVirtioChecksumStart,
  setVirtioHeaderLength,
  VIRTIO_BAD_CHECKSUM_RANGE,
  VIRTIO_BAD_GSO,
  VIRTIO_GSO_TCPV4,
  VIRTIO_NEEDS_CHECKSUM,
  VIRTIO_VALID,
  virtioChecksumOffset,
  virtioChecksumStart,
  virtioFlags,
  virtioGsoSize,
  virtioGsoType,
  virtioHeaderLength,
} from '../../src/wire/virtio-net.js';
import { ip } from '../golden/packets/ipv4.js';
import { hex } from '../support/hex.js';

describe('Ethernet in place', () => {
  it('has a type', () => {
    const frame = hex('ee 02 00 5e 10 00 01 02 00 5e 10 00 02 08 06');
    assert.equal(etherType(frame, 1), ETHERTYPE_ARP);
    setEtherType(frame, 1, 0x86dd);
    assert.deepEqual(frame, hex('ee 02 00 5e 10 00 01 02 00 5e 10 00 02 86 dd'));
  });

  it('knows group addresses', () => {
    assert.equal(isGroupMac(hex('00 01 00 5e 00 00 05'), 1), true);
    assert.equal(isGroupMac(hex('00 02 00 5e 10 00 01'), 1), false);
  });

  it('writes broadcast and the groups of OSPF', () => {
    const bytes = new Uint8Array(8);
    writeBroadcastMac(bytes, 1);
    assert.deepEqual(bytes, hex('00 ff ff ff ff ff ff 00'));
    writeMulticastMac(bytes, 1, ip('224.0.0.5'));
    assert.deepEqual(bytes, hex('00 01 00 5e 00 00 05 00'));
    writeMulticastMac(bytes, 1, ip('239.255.254.253'));
    assert.deepEqual(bytes, hex('00 01 00 5e 7f fe fd 00'));
  });

  it('takes the smallest EtherType and no length', () => {
    const frame = hex('02 00 5e 10 00 01 02 00 5e 10 00 02 06 00');
    assert.ok('type' in decodeEthernet(frame));
    setEtherType(frame, 0, 0x05ff);
    assert.deepEqual(decodeEthernet(frame), {
      malformed: '802.3 length where an EtherType was expected',
      at: 12,
    });
  });
});

describe('ARP in place', () => {
  const reply = hex('ee 00 01 08 00 06 04 00 02 02 00 5e 10 00 02 0a 00 00 02 02 00 5e 10 00 01 ff 00 00 01');

  it('is written', () => {
    const macs = hex('02 00 5e 10 00 02 02 00 5e 10 00 01');
    const bytes = new Uint8Array(29).fill(0xee);
    writeArpHeader(bytes, 1, ARP_REPLY);
    setArpSender(bytes, 1, macs, 0, ip('10.0.0.2'));
    setArpTarget(bytes, 1, macs, 6, ip('255.0.0.1'));
    assert.deepEqual(bytes, reply);
  });

  it('is read', () => {
    assert.equal(checkArp(reply, 1, 28), ARP_VALID);
    assert.equal(arpOperation(reply, 1), ARP_REPLY);
    assert.equal(arpSenderAddress(reply, 1), ip('10.0.0.2'));
    assert.equal(arpTargetAddress(reply, 1), ip('255.0.0.1'));
  });

  it('is checked', () => {
    const damaged = (at: number, value: number): Uint8Array => {
      const bytes = reply.slice();
      bytes[at] = value;
      return bytes;
    };
    assert.equal(checkArp(reply, 1, 27), ARP_TOO_SHORT);
    assert.equal(checkArp(damaged(2, 6), 1, 28), ARP_BAD_HARDWARE);
    assert.equal(checkArp(damaged(4, 6), 1, 28), ARP_BAD_PROTOCOL);
    assert.equal(checkArp(damaged(5, 8), 1, 28), ARP_BAD_LENGTHS);
    assert.equal(checkArp(damaged(6, 6), 1, 28), ARP_BAD_LENGTHS);
    assert.equal(checkArp(damaged(8, 3), 1, 28), ARP_BAD_OPERATION);
    assert.equal(checkArp(damaged(8, 0), 1, 28), ARP_BAD_OPERATION);
  });
});

describe('virtio-net header', () => {
  /** As the kernel writes it on a little-endian machine: TCP over IPv4, segments of 1448, checksum at 20 + 16. */
  const segmented = hex('ee 01 81 34 00 a8 05 14 00 10 00');

  it('is read', () => {
    assert.equal(virtioFlags(segmented, 1), VIRTIO_NEEDS_CHECKSUM);
    assert.equal(virtioGsoType(segmented, 1), VIRTIO_GSO_TCPV4);
    assert.equal(virtioHeaderLength(segmented, 1), 52);
    assert.equal(virtioGsoSize(segmented, 1), 1448);
    assert.equal(virtioChecksumStart(segmented, 1), 20);
    assert.equal(virtioChecksumOffset(segmented, 1), 16);
  });

  it('is written', () => {
    const bytes = hex('ee 01 81 00 00 a8 05 00 00 10 00');
    setVirtioHeaderLength(bytes, 1, 52);
    setVirtioChecksumStart(bytes, 1, 20);
    assert.deepEqual(bytes, segmented);
  });

  it('must point into the packet', () => {
    assert.equal(checkVirtio(segmented, 1, 1500), VIRTIO_VALID);
    assert.equal(checkVirtio(segmented, 1, 38), VIRTIO_VALID);
    assert.equal(checkVirtio(segmented, 1, 37), VIRTIO_BAD_CHECKSUM_RANGE);
    assert.equal(checkVirtio(hex('01 00 00 00 00 00 ff ff ff ff'), 0, 65_535), VIRTIO_BAD_CHECKSUM_RANGE);
    assert.equal(checkVirtio(hex('00 00 00 00 00 00 ff ff ff ff'), 0, 20), VIRTIO_VALID);
  });

  it('must give a size to its segments', () => {
    assert.equal(checkVirtio(hex('01 01 34 00 00 00 14 00 10 00'), 0, 1500), VIRTIO_BAD_GSO);
    assert.equal(checkVirtio(hex('00 80 00 00 00 00 00 00 00 00'), 0, 1500), VIRTIO_VALID);
  });
});
