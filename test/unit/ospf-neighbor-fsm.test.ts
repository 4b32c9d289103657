import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isAtLeast,
  type Move,
  NEIGHBOR_EVENTS,
  NEIGHBOR_FSM,
  NEIGHBOR_STATES,
  type NeighborEvent,
  type NeighborState,
  type Transition,
} from '../../src/ospf/neighbor-fsm.js';

/** RFC 2328 section 10.3 by hand. `-` nothing happens, `!` cannot happen, `A?x:y` adjacent or not, `R?x:y` list empty or not. */
const EXPECTED: Record<NeighborState, Record<NeighborEvent, string>> = {
  Down: row('Init+T', 'Attempt+T', '!', '!', '!', '!', '!', '-', '!', '!'),
  Attempt: row('Init+T', '-', '!', '!', '!', '!', '!', '-', '!', '!'),
  Init: row('Init+T', '-', 'A?ExStart+B:2-Way', '!', '!', '!', '!', '-', '!', '-'),
  '2-Way': row('2-Way+T', '-', '-', '!', '!', '!', '!', 'A?ExStart+B:2-Way', '!', 'Init+C'),
  ExStart: row('ExStart+T', '-', '-', 'Exchange+D', '!', '!', '!', 'A?-:2-Way+C', '!', 'Init+C'),
  Exchange: row(
    'Exchange+T',
    '-',
    '-',
    '!',
    'R?Full:Loading',
    'ExStart+CB',
    '!',
    'A?-:2-Way+C',
    'ExStart+CB',
    'Init+C',
  ),
  Loading: row('Loading+T', '-', '-', '!', '!', 'ExStart+CB', 'Full', 'A?-:2-Way+C', 'ExStart+CB', 'Init+C'),
  Full: row('Full+T', '-', '-', '!', '!', 'ExStart+CB', '!', 'A?-:2-Way+C', 'ExStart+CB', 'Init+C'),
};

function row(...cells: string[]): Record<NeighborEvent, string> {
  const ends = ['Down+SC', 'Down+SC', 'Down+SC'];
  return Object.fromEntries([...cells, ...ends].map((cell, index) => [NEIGHBOR_EVENTS[index], cell])) as Record<
    NeighborEvent,
    string
  >;
}

const LETTERS: Record<Move['actions'][number], string> = {
  'restart inactivity timer': 'T',
  'stop inactivity timer': 'S',
  'begin exchange': 'B',
  'describe database': 'D',
  'clear lists': 'C',
};

function describe(transition: Transition): string {
  switch (transition.kind) {
    case 'ignored':
      return '-';
    case 'impossible':
      return '!';
    case 'move': {
      const actions = transition.actions.map((action) => LETTERS[action]).join('');
      return actions === '' ? transition.to : `${transition.to}+${actions}`;
    }
    case 'choice': {
      const question = transition.question === 'adjacent?' ? 'A' : 'R';
      return `${question}?${describe(transition.yes)}:${describe(transition.no)}`;
    }
  }
}

for (const state of NEIGHBOR_STATES) {
  test(`every event in ${state} is decided as section 10.3 says`, () => {
    for (const event of NEIGHBOR_EVENTS) {
      assert.equal(describe(NEIGHBOR_FSM[state][event]), EXPECTED[state][event], `${state}, ${event}`);
    }
  });
}

test('states are ordered towards Full', () => {
  assert.ok(isAtLeast('Full', 'Exchange'));
  assert.ok(isAtLeast('Exchange', 'Exchange'));
  assert.ok(!isAtLeast('ExStart', 'Exchange'));
});
