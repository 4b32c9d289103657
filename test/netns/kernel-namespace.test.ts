import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { native } from '../../src/kernel/binding.js';
import { inNamespace, namespaceOf, namespacePath } from '../../src/kernel/namespace.js';
import { ScratchNamespace } from '../support/scratch-namespace.js';

let other: ScratchNamespace;
before(() => {
  other = new ScratchNamespace();
});
after(() => other.close());

/** Which network namespace this thread is in. */
function whereabouts(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

test('the action runs elsewhere, by name and by path, and its result comes back', () => {
  const home = whereabouts();
  const there = inNamespace(other.name, whereabouts);
  assert.notEqual(there, home);
  assert.equal(inNamespace(`/run/netns/${other.name}`, whereabouts), there);
  assert.equal(inNamespace(namespaceOf(process.pid), whereabouts), home);
  assert.equal(namespacePath('blue'), '/run/netns/blue');
  assert.equal(whereabouts(), home);
});

test('the thread comes home when the action throws, also from a namespace within a namespace', () => {
  const home = whereabouts();
  const second = new ScratchNamespace();
  const fail = () => {
    throw new RangeError('no');
  };
  assert.throws(() => inNamespace(other.name, fail), RangeError);
  assert.equal(whereabouts(), home);
  assert.throws(() => inNamespace(other.name, () => inNamespace(second.name, fail)), RangeError);
  assert.equal(whereabouts(), home);
  second.close();
});

test('what is missing or not a namespace is told in one line', () => {
  const expected = {
    code: 'NAMESPACE_MISSING',
    message: 'network namespace nowhere: there is none at /run/netns/nowhere',
  };
  assert.throws(() => inNamespace('nowhere', whereabouts), expected);
  const notOne = {
    code: 'EINVAL',
    errno: -22,
    syscall: 'setns',
    message: 'EINVAL: invalid argument, setns /proc/self/status',
  };
  assert.throws(() => native.inNamespace('/proc/self/status', whereabouts), notOne);
  assert.throws(() => inNamespace(other.name, async () => 1), TypeError);
});
