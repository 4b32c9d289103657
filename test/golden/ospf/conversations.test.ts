import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random.js';
import { readConversation, writeOutput } from '../../../src/ospf/conversation.js';
import { OspfInstance } from '../../../src/ospf/instance.js';

/*
 * Each folder beside this file is one conversation: README.md says what happens and what is to be seen, input.jsonl is
 * what the instance is told, output.jsonl is what it must say. LASTHOP_UPDATE_GOLDEN=1 writes the outputs anew.
 */

const FOLDER = join(import.meta.dirname, '../../../../test/golden/ospf');

for (const entry of readdirSync(FOLDER, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const folder = join(FOLDER, entry.name);
  test(`conversation: ${entry.name}`, () => {
    assert.ok(readFileSync(join(folder, 'README.md'), 'utf8').length > 100, 'it is described');
    const { seed, inputs } = readConversation(readFileSync(join(folder, 'input.jsonl'), 'utf8'));
    const instance = new OspfInstance(new SeededRandom(seed));
    const outputs = inputs.flatMap(({ atMs, input }) =>
      instance.handle(input, atMs).map((output) => writeOutput(atMs, output)),
    );
    const file = join(folder, 'output.jsonl');
    if (process.env.LASTHOP_UPDATE_GOLDEN === '1') writeFileSync(file, outputs.map((line) => `${line}\n`).join(''));
    assert.deepEqual(outputs, readLines(file));
  });
}

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}
