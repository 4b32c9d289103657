import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NativePeer } from '../../perf/limit/native-peer.js';
import { runFib } from '../../perf/lookup/fib.js';
import { runLpm } from '../../perf/lookup/lpm.js';

/** A table of prefixes of all lengths, shorter ones around longer ones. */
function smallTable(t: { after(done: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-table-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const prefixes: string[] = [];
  for (let net = 0; net < 4096; net++) {
    prefixes.push(`32.${net >> 8}.${net & 255}.0/24`);
    if (net % 16 === 0) prefixes.push(`32.${net >> 8}.${net & 255}.0/20`, `32.${net >> 8}.${net & 255}.64/28`);
  }
  const file = join(directory, 'prefixes.txt');
  writeFileSync(file, [...prefixes, '64.0.0.0/10', '128.0.0.0/2'].join('\n'));
  return file;
}

test('lookups of ours and of the same poptrie in C agree, and ratios are theirs by ours', async (t) => {
  const { figures, ratios, runs } = await runLpm({ table: smallTable(t), runs: 3 });
  assert.equal(runs, 3);
  assert.ok(Number(figures.nsPerLookup) > 0);
  assert.ok(Number(ratios.cTwin) > 0);
  assert.equal('rteLpmRandom' in ratios, !String(figures.missing).includes('dpdk-dev'));
});

test('lookups under 100,000 changes are right', async (t) => {
  const { figures } = await runFib({ table: smallTable(t), runs: 1 });
  assert.equal(figures.wrongLookups, 0);
  assert.ok(Number(figures.lookups) > Number(figures.overtakenLookups));
  assert.ok(Number(figures.sizeBytes) < 2_000_000);
});

test('a peer that is not installed is named with the package that brings it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lasthop-peer-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const library = { name: 'libnothing', debianPackage: 'nothing-dev' };
  assert.equal(
    await NativePeer.start('rte-lpm', directory, [], library),
    'libnothing is not installed (Debian packages pkg-config and nothing-dev)',
  );
});
