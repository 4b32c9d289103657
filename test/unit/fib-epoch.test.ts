import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocateEpochs, Epochs, isBefore } from '../../src/fib/epoch.js';
import { RetireQueue } from '../../src/fib/retire-queue.js';

describe('Epochs', () => {
  it('waits for the writer to move on even if no worker is online', () => {
    const epochs = new Epochs(allocateEpochs(2));
    const epoch = epochs.current();
    assert.equal(epochs.passed(epoch), false);
    epochs.advance();
    assert.equal(epochs.passed(epoch), true);
  });

  it('waits for every worker that is online', () => {
    const epochs = new Epochs(allocateEpochs(2));
    epochs.online(0);
    epochs.online(1);
    const epoch = epochs.current();
    epochs.advance();
    assert.equal(epochs.passed(epoch), false);
    epochs.quiesce(0);
    assert.equal(epochs.passed(epoch), false);
    epochs.quiesce(1);
    assert.equal(epochs.passed(epoch), true);
  });

  it('does not wait for a worker that blocks, and does for one that is back', () => {
    const epochs = new Epochs(allocateEpochs(1));
    epochs.online(0);
    const epoch = epochs.current();
    epochs.advance();
    epochs.offline(0);
    assert.equal(epochs.passed(epoch), true);
    epochs.online(0);
    const later = epochs.current();
    epochs.advance();
    assert.equal(epochs.passed(epoch), true);
    assert.equal(epochs.passed(later), false);
  });

  it('is shared through its memory', () => {
    const memory = allocateEpochs(1);
    const writer = new Epochs(memory);
    const worker = new Epochs(memory);
    worker.online(0);
    const epoch = writer.current();
    writer.advance();
    assert.equal(writer.passed(epoch), false);
    worker.quiesce(0);
    assert.equal(writer.passed(epoch), true);
  });

  it('wraps from the greatest to the least number and past the mark of an offline worker', () => {
    const memory = allocateEpochs(1);
    const epochs = new Epochs(memory);
    new Int32Array(memory)[0] = 0x7fff_ffff;
    epochs.online(0);
    assert.equal(epochs.advance(), -0x8000_0000);
    assert.equal(epochs.passed(0x7fff_ffff), false);
    epochs.quiesce(0);
    assert.equal(epochs.passed(0x7fff_ffff), true);
    new Int32Array(memory)[0] = -1;
    epochs.quiesce(0);
    assert.equal(epochs.advance(), 1);
    assert.equal(epochs.passed(-1), false);
    assert.equal(isBefore(-1, 1), true);
    assert.equal(isBefore(1, 1), false);
  });
});

describe('RetireQueue', () => {
  it('releases in order what no worker reads any more, and grows', () => {
    const epochs = new Epochs(allocateEpochs(1));
    const queue = new RetireQueue();
    const released: number[] = [];
    const release = (item: number): void => {
      released.push(item);
    };
    for (let item = 0; item < 1000; item++) queue.push(item, epochs.current());
    epochs.online(0);
    epochs.advance();
    for (let item = 1000; item < 1500; item++) queue.push(item, epochs.current());
    queue.reclaim(epochs, release);
    assert.equal(released.length, 0);
    epochs.quiesce(0);
    queue.reclaim(epochs, release);
    assert.equal(released.length, 1000);
    assert.equal(queue.length, 500);
    epochs.advance();
    epochs.quiesce(0);
    queue.reclaim(epochs, release);
    assert.deepEqual(
      released,
      Array.from({ length: 1500 }, (_, item) => item),
    );
  });

  it('holds items of 32 bits', () => {
    const epochs = new Epochs(allocateEpochs(1));
    const queue = new RetireQueue();
    queue.push(0xffff_ffff, epochs.current());
    epochs.advance();
    queue.reclaim(epochs, (item) => assert.equal(item, 0xffff_ffff));
    assert.equal(queue.length, 0);
  });
});
