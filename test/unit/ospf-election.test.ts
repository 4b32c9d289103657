import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { type Candidate, type Elected, elect } from '../../src/ospf/election.js';

/*
 * Candidates are written `ID PRIORITY CLAIM`: `3 1 D` has router ID 3 and claims to be designated router, `B` to be its
 * backup, `DB` both. The first is the router that votes. Addresses are 100 + ID.
 */
const CASES: readonly {
  readonly name: string;
  readonly on: readonly string[];
  readonly designated: number;
  readonly backup: number;
}[] = [
  { name: 'alone', on: ['1 1'], designated: 1, backup: 0 },
  { name: 'alone and not eligible', on: ['1 0'], designated: 0, backup: 0 },
  { name: 'nobody is eligible', on: ['1 0', '2 0', '3 0'], designated: 0, backup: 0 },
  // The voter is not affected, so it votes once: the other holds both until it says better.
  { name: 'two that start: the lower', on: ['1 1', '2 1'], designated: 2, backup: 2 },
  { name: 'two that start: the higher', on: ['2 1', '1 1'], designated: 2, backup: 1 },
  { name: 'priority goes before router ID', on: ['1 5', '9 1', '8 2'], designated: 1, backup: 8 },
  { name: 'router ID decides between equal priorities', on: ['3 1', '9 7', '8 7'], designated: 9, backup: 9 },
  { name: 'who holds the office keeps it', on: ['9 255', '1 1 D', '2 1 B'], designated: 1, backup: 2 },
  { name: 'the designated router alone: the newcomer is backup', on: ['9 255', '1 1 D'], designated: 1, backup: 9 },
  { name: 'and with a better newcomer that is', on: ['3 1', '1 1 D', '4 1'], designated: 1, backup: 4 },
  {
    name: 'the backup is promoted when the designated router is gone',
    on: ['5 1', '2 1 B', '7 1'],
    designated: 2,
    backup: 2,
  },
  { name: 'the backup promotes itself and makes room', on: ['2 1 B', '5 1', '7 1'], designated: 2, backup: 7 },
  { name: 'two designated routers: the better stays', on: ['1 1 D', '2 1 D', '3 1 B'], designated: 2, backup: 3 },
  {
    name: 'two designated routers: the voter gives way, and may be backup',
    on: ['1 9 D', '2 10 D', '3 1'],
    designated: 2,
    backup: 1,
  },
  { name: 'two backups: the better stays', on: ['4 1 D', '1 1 B', '2 1 B'], designated: 4, backup: 2 },
  { name: 'the voter was backup and gives way', on: ['1 1 B', '4 1 D', '2 1 B'], designated: 4, backup: 2 },
  { name: 'one that claims both is designated only', on: ['1 1', '2 1 DB', '3 1'], designated: 2, backup: 3 },
  { name: 'claims without priority are void', on: ['1 1', '2 0 D', '3 0 B'], designated: 1, backup: 0 },
  { name: 'the voter has lost its eligibility', on: ['1 0 D', '2 1 B', '3 1'], designated: 2, backup: 2 },
  { name: 'not eligible, it sees others elect', on: ['1 0', '2 1', '3 1'], designated: 3, backup: 3 },
];

function candidate(text: string): Candidate {
  const [id, priority, claim = ''] = text.split(' ');
  return {
    address: 100 + Number(id),
    routerId: Number(id),
    priority: Number(priority),
    claimsDesignated: claim.includes('D'),
    claimsBackup: claim.includes('B'),
  };
}

for (const { name, on, designated, backup } of CASES) {
  test(`election: ${name}`, () => {
    const [self, ...others] = on.map(candidate);
    const address = (id: number) => (id === 0 ? 0 : 100 + id);
    const expected: Elected = { designatedRouter: address(designated), backupDesignatedRouter: address(backup) };
    assert.deepEqual(elect(self, others), expected);
    assert.deepEqual(elect(self, others.toReversed()), expected, 'whatever the order');
  });
}

test('routers that vote in turn, each hearing what the others claim, agree after a few rounds', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new SeededRandom(seed);
    let candidates = Array.from({ length: 1 + randomBelow(random, 6) }, (_, index): Candidate => {
      const claim = randomBelow(random, 6);
      return {
        address: 100 + index,
        routerId: 1 + index * 7,
        priority: randomBelow(random, 3),
        claimsDesignated: claim === 0,
        claimsBackup: claim === 1,
      };
    });
    const voteAll = () =>
      candidates.map((self) =>
        elect(
          self,
          candidates.filter((other) => other !== self),
        ),
      );
    for (let round = 0; round < 6; round++) {
      const votes = voteAll();
      candidates = candidates.map((self, index) => ({
        ...self,
        claimsDesignated: votes[index].designatedRouter === self.address,
        claimsBackup: votes[index].backupDesignatedRouter === self.address,
      }));
    }
    const [first, ...others] = voteAll();
    for (const other of others) assert.deepEqual(other, first, `seed ${seed}`);
    const eligible = candidates.filter(({ priority }) => priority > 0).length;
    assert.equal(first.designatedRouter !== 0, eligible >= 1, `seed ${seed}`);
    assert.equal(first.backupDesignatedRouter !== 0, eligible >= 2, `seed ${seed}`);
    assert.notEqual(first.designatedRouter === 0 ? 1 : first.designatedRouter, first.backupDesignatedRouter);
  }
});
