import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pcapFileHeader, pcapFrame } from '../../src/lab/pcap-file.js';

it('writes the header of a capture file', () => {
  const header = pcapFileHeader('ETHERNET');
  assert.equal(Buffer.from(header ?? []).toString('hex'), 'd4c3b2a102000400000000000000000000000400' + '01000000');
  assert.equal(Buffer.from(pcapFileHeader('RAW') ?? []).readUInt32LE(20), 101);
  assert.equal(pcapFileHeader('LINKTYPE_NULL'), undefined);
});

it('writes a frame behind its time and length', () => {
  const record = Buffer.from(pcapFrame(1_700_000_000_123.456, Buffer.from('cafe', 'hex')));
  assert.equal(record.readUInt32LE(0), 1_700_000_000);
  assert.equal(record.readUInt32LE(4), 123_456);
  assert.equal(record.subarray(8).toString('hex'), '0200000002000000cafe');
});
