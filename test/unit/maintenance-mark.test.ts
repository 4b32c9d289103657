import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MaintenanceMark } from '../../src/forward/maintenance-mark.js';

test('the mark of maintenance outlives who has made it, and its folder is made when it is needed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lasthop-test-'));
  try {
    const state = join(folder, 'state');
    const mark = new MaintenanceMark(state);
    assert.equal(mark.isSet, false);
    mark.set(false);
    mark.set(true);
    assert.equal(new MaintenanceMark(state).isSet, true);
    mark.set(false);
    assert.equal(mark.isSet, false);
    writeFileSync(join(folder, 'file'), '');
    const impossible = new MaintenanceMark(join(folder, 'file', 'state'));
    assert.throws(() => impossible.set(true), /ENOTDIR|EEXIST/);
    assert.equal(mark.isSet, false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
