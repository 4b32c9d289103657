import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeIpv4, PROTOCOL_OSPF } from '../../../src/wire/ipv4.js';
import { AUTH_TYPE_CRYPTOGRAPHIC, OSPF_AUTH_TYPE } from '../../../src/wire/ospf/header.js';
import { hex } from '../../support/hex.js';
import { LINKTYPE_IPV4, writePcap } from '../../support/pcap.js';

/* Every packet of every conversation, both sides, read by tshark: well-formed and all checksums right. */

const FOLDER = join(import.meta.dirname, '../../../../test/golden/ospf');
const directory = mkdtempSync(join(tmpdir(), 'lasthop-ospf-'));
after(() => rmSync(directory, { recursive: true }));

const skip = process.env.LASTHOP_WITHOUT_TSHARK ? 'LASTHOP_WITHOUT_TSHARK is set' : false;

test('tshark finds nothing wrong in the conversations', { skip }, () => {
  const payloads = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => ['input.jsonl', 'output.jsonl'].flatMap((file) => payloadsOf(join(FOLDER, entry.name, file))));
  assert.ok(payloads.length > 100, `${payloads.length} packets`);
  const path = join(directory, 'conversations.pcap');
  writePcap(path, LINKTYPE_IPV4, payloads.map(onWire));
  const text = execFileSync('tshark', ['-r', path, '-n', '-V'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: 'pipe',
  });
  assert.deepEqual(text.match(/.*(Malformed|incorrect|\[Expert Info \((Warning|Error)).*/g), null);
  // Packets with a digest have no checksum.
  const checked = payloads.filter((payload) => payload[OSPF_AUTH_TYPE + 1] !== AUTH_TYPE_CRYPTOGRAPHIC);
  assert.equal(text.match(/Checksum: 0x[0-9a-f]{4} \[correct\]/g)?.length, checked.length);
});

function payloadsOf(file: string): Uint8Array[] {
  const found = readFileSync(file, 'utf8').matchAll(/"payload":"([0-9a-f]*)"/g);
  return [...found].map((match) => hex(match[1]));
}

function onWire(payload: Uint8Array): Uint8Array {
  return encodeIpv4({
    tos: 0xc0,
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 1,
    protocol: PROTOCOL_OSPF,
    source: 0x0a000001,
    destination: 0xe0000005,
    options: new Uint8Array(0),
    payload,
  });
}
