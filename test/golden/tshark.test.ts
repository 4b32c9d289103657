import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writePcap } from '../support/pcap.js';
import { allCodecs } from './packets/all-codecs.js';
import type { PacketCodec, TsharkValue } from './packets/packet-codec.js';

/*
 * The golden packets again, read by an implementation that is not ours: every field that tshark knows by another name
 * must have the value that we wrote down, every checksum must be right in its eyes, and no packet may be malformed.
 */

const directory = mkdtempSync(join(tmpdir(), 'lasthop-tshark-'));
after(() => rmSync(directory, { recursive: true }));

const skip = process.env.LASTHOP_WITHOUT_TSHARK ? 'LASTHOP_WITHOUT_TSHARK is set' : false;

describe('tshark agrees with the golden packets', { skip }, () => {
  for (const codec of allCodecs) {
    it(codec.name, () => {
      const expected = codec.golden.map((packet) => codec.tshark(packet.fields, packet.bytes));
      const columns = [...new Set(expected.flatMap((fields) => Object.keys(fields)))];
      const rows = dissect(codec, columns);
      assert.equal(rows.length, codec.golden.length, 'packets in the capture');
      for (const [index, fields] of expected.entries()) {
        assertSame(`${codec.name}, ${codec.golden[index].name}`, fields, rows[index]);
      }
    });
  }
});

type Row = ReadonlyMap<string, string>;

/** One row for each golden packet: the first value of each column, empty where the packet has none. */
function dissect(codec: PacketCodec<object>, columns: readonly string[]): Row[] {
  const path = join(directory, `${codec.name}.pcap`);
  const packets = codec.golden.map((packet) => codec.onWire(packet.bytes));
  writePcap(path, codec.linkType, packets);
  const fields = [...columns, '_ws.malformed'];
  const text = tshark([
    ...['-r', path, '-n', '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=f'],
    ...['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap((name) => ['-o', `${name}:TRUE`]),
    ...['-o', 'ip.defragment:FALSE'],
    ...fields.flatMap((field) => ['-e', field]),
  ]);
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => new Map(line.split('\t').map((value, index) => [fields[index], value])));
}

function tshark(options: readonly string[]): string {
  try {
    return execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Error('tshark is not installed; install it or set LASTHOP_WITHOUT_TSHARK=1', { cause: error });
    }
    throw error;
  }
}

function assertSame(packet: string, expected: { readonly [field: string]: TsharkValue }, row: Row): void {
  assert.equal(row.get('_ws.malformed'), '', `${packet}: tshark finds it malformed`);
  for (const [field, value] of Object.entries(expected)) {
    const text = row.get(field) ?? '';
    const seen =
      typeof value === 'number' ? Number(text || Number.NaN) : typeof value === 'boolean' ? isTrue(text) : text;
    assert.equal(seen, value, `${packet}: ${field}, tshark says "${text}"`);
  }
}

function isTrue(text: string): boolean {
  return text === '1' || text === 'True';
}
