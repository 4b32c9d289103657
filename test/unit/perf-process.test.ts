import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { processTime } from '../../perf/process-time.js';
import { generatorProcessor, routerProcessors } from '../../perf/processors.js';

describe('time on processors', () => {
  it('grows with what a process does, and is nothing for one that is gone', () => {
    const before = processTime([process.pid]);
    const deadline = performance.now() + 60_000;
    let now = before;
    while (now.userSeconds + now.systemSeconds < before.userSeconds + before.systemSeconds + 0.05) {
      assert.ok(performance.now() < deadline, 'no time counted');
      now = processTime([process.pid]);
    }
    assert.deepEqual(processTime([2 ** 30]), { userSeconds: 0, systemSeconds: 0 });
  });
});

describe('processors', () => {
  it('gives the generator one of its own where there are two', () => {
    const shared = routerProcessors().includes(generatorProcessor());
    assert.equal(shared, routerProcessors().length === 1 && routerProcessors()[0] === generatorProcessor());
    assert.ok(routerProcessors().length > 0);
  });
});
