import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  INTERFACE_EVENTS,
  INTERFACE_FSM,
  INTERFACE_STATES,
  type InterfaceEvent,
  type InterfaceState,
  type InterfaceTransition,
} from '../../src/ospf/interface-fsm.js';

/** RFC 2328 section 9.3 by hand. `-` nothing happens, `E` an election decides; `P W O`: by network and eligibility. */
const EXPECTED: Record<InterfaceState, Record<InterfaceEvent, string>> = {
  //                  InterfaceUp                     Wait Backup Neighbor Loop       Unloop  Down
  Down: row('Point-to-point Waiting DROther', '-', '-', '-', 'Loopback', '-', '-'),
  Loopback: row('-', '-', '-', '-', '-', 'Down', 'Down'),
  Waiting: row('-', 'E', 'E', '-', 'Loopback', '-', 'Down'),
  'Point-to-point': row('-', '-', '-', '-', 'Loopback', '-', 'Down'),
  DROther: row('-', '-', '-', 'E', 'Loopback', '-', 'Down'),
  Backup: row('-', '-', '-', 'E', 'Loopback', '-', 'Down'),
  DR: row('-', '-', '-', 'E', 'Loopback', '-', 'Down'),
};

function row(...cells: string[]): Record<InterfaceEvent, string> {
  return Object.fromEntries(cells.map((cell, index) => [INTERFACE_EVENTS[index], cell])) as Record<
    InterfaceEvent,
    string
  >;
}

function describe(transition: InterfaceTransition): string {
  switch (transition.kind) {
    case 'ignored':
      return '-';
    case 'elect':
      return 'E';
    case 'move':
      return transition.to;
    case 'join':
      return `${transition.pointToPoint} ${transition.eligible} ${transition.ineligible}`;
  }
}

for (const state of INTERFACE_STATES) {
  test(`every event of an interface in ${state} is decided as section 9.3 says`, () => {
    for (const event of INTERFACE_EVENTS) {
      assert.equal(describe(INTERFACE_FSM[state][event]), EXPECTED[state][event], `${state}, ${event}`);
    }
  });
}
