import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

it('has every file formatted and free of lint', { timeout: 60_000 }, () => {
  const biome = fileURLToPath(new URL('node_modules/.bin/biome', `file://${ROOT}`));
  const check = spawnSync(biome, ['check', '--error-on-warnings', '--colors=off', '--max-diagnostics=50', '.'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(check.status, 0, `biome check: ${check.error?.message ?? ''}\n${check.stdout}${check.stderr}`);
});
