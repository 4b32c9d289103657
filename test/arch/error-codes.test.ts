import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));

it('error codes are in capitals with underscores', () => {
  const codes: string[] = [];
  for (const path of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const text = readFileSync(join(SOURCES, path), 'utf8');
    for (const [, code = ''] of text.matchAll(/new LasthopError\(\s*'([^']*)'/g)) codes.push(`${path}: ${code}`);
  }
  assert.ok(codes.length > 20);
  assert.deepEqual(
    codes.filter((code) => !/: [A-Z][A-Z0-9_]*$/.test(code)),
    [],
  );
});
