import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonDifference } from '../../src/lab/json-difference.js';

const ANSWER = {
  neighbors: {
    '10.0.0.1': [{ nbrState: 'Full/DR', priority: 1, address: null }],
    '10.0.0.2': [{ nbrState: 'Init/DROther' }, { nbrState: '2-Way/DROther' }],
  },
};

describe('the difference between an answer and what is expected of it', () => {
  it('is none when everything expected is there, whatever else is', () => {
    assert.equal(jsonDifference({}, ANSWER), undefined);
    assert.equal(jsonDifference({ neighbors: { '10.0.0.1': [{ nbrState: 'Full/DR' }] } }, ANSWER), undefined);
    assert.equal(jsonDifference({ neighbors: { '10.0.0.2': [{ nbrState: '2-Way/DROther' }] } }, ANSWER), undefined);
    assert.equal(jsonDifference([3, 1], [1, 2, 3]), undefined);
    assert.equal(jsonDifference([], []), undefined);
  });

  it('is named by its place', () => {
    assert.equal(
      jsonDifference({ neighbors: { '10.0.0.1': [{ nbrState: 'Full/Backup' }] } }, ANSWER),
      'neighbors.10.0.0.1[0].nbrState is "Full/DR", expected "Full/Backup"',
    );
    assert.equal(jsonDifference({ neighbors: { '10.0.0.9': [] } }, ANSWER), 'neighbors.10.0.0.9 is not there');
    assert.equal(jsonDifference({ a: 1 }, 'text'), 'the answer is "text", expected an object');
    assert.equal(jsonDifference({ a: [1] }, { a: {} }), 'a is {}, expected a list');
    assert.equal(jsonDifference({ a: [4] }, { a: [1, 2] }), 'a has nothing like 4: [1,2]');
    assert.equal(jsonDifference({ a: [4] }, { a: [] }), 'a has nothing like 4: []');
  });

  it('takes null for what must not be there', () => {
    assert.equal(jsonDifference({ neighbors: { '10.0.0.9': null } }, ANSWER), undefined);
    assert.equal(jsonDifference({ neighbors: { '10.0.0.1': null } }, ANSWER), 'neighbors.10.0.0.1 is there');
    assert.equal(jsonDifference({ neighbors: { '10.0.0.1': [{ address: null }] } }, ANSWER), undefined);
  });

  it('tells numbers from texts', () => {
    assert.equal(jsonDifference({ metric: '20' }, { metric: 20 }), 'metric is 20, expected "20"');
  });
});
