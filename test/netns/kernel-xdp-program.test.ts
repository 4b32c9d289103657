import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { native } from '../../src/kernel/binding.js';
import { xdpProgram } from '../../src/kernel/xdp-program.js';
import { CONTROL, DATA } from '../support/control-frames.js';
import { needsRealRoot } from '../support/scratch-namespace.js';

const { XDP_DROP, XDP_PASS } = native.constants;

let map: number;
let program: number;

before(() => {
  if (needsRealRoot !== false) return;
  map = native.createXskMap(1);
  // Data of a queue without a socket is dropped here, so that it can be told from what is passed on.
  program = native.loadXdp(xdpProgram(map, XDP_DROP));
});

after(() => {
  if (needsRealRoot !== false) return;
  native.close(program);
  native.close(map);
});

for (const [name, bytes] of Object.entries(CONTROL)) {
  test(`${name} is passed on to the kernel`, { skip: needsRealRoot }, () => {
    assert.equal(native.runXdp(program, bytes), XDP_PASS);
  });
}

for (const [name, bytes] of Object.entries(DATA)) {
  test(`${name} goes to the socket`, { skip: needsRealRoot }, () => {
    assert.equal(native.runXdp(program, bytes), XDP_DROP);
  });
}

test('a frame that ends anywhere before the last field counts as data', { skip: needsRealRoot }, () => {
  for (const bytes of Object.values(CONTROL)) {
    for (let length = 14; length < 42; length++) {
      assert.equal(native.runXdp(program, bytes.subarray(0, length)), XDP_DROP, `${length} bytes`);
    }
  }
});

test('half an instruction is no program, nor is what reads beyond the frame', { skip: needsRealRoot }, () => {
  const good = xdpProgram(map, XDP_PASS);
  assert.throws(() => native.loadXdp(good.subarray(0, 12)), { name: 'RangeError', message: /^instructions: / });
  // Without the comparison with the frame's end.
  const bad = good.slice();
  bad.fill(0, 4 * 8, 5 * 8);
  bad[4 * 8] = 0xb7;
  assert.throws(() => native.loadXdp(bad), { code: /EACCES|EINVAL/ });
});
