/**
 * The interface state machine of RFC 2328 section 9.3 as a table: every event in every state is decided here, and what
 * a decision does is done in interface-events.ts.
 */

export const INTERFACE_STATES = ['Down', 'Loopback', 'Waiting', 'Point-to-point', 'DROther', 'Backup', 'DR'] as const;
export type InterfaceState = (typeof INTERFACE_STATES)[number];

export const INTERFACE_EVENTS = [
  'InterfaceUp',
  'WaitTimer',
  'BackupSeen',
  'NeighborChange',
  'LoopInd',
  'UnloopInd',
  'InterfaceDown',
] as const;
export type InterfaceEvent = (typeof INTERFACE_EVENTS)[number];

export type InterfaceTransition =
  | { readonly kind: 'move'; readonly to: InterfaceState }
  /** The interface comes up: the next state depends on the network, and on whether this router may be elected. */
  | {
      readonly kind: 'join';
      readonly pointToPoint: InterfaceState;
      readonly eligible: InterfaceState;
      readonly ineligible: InterfaceState;
    }
  /** The election of section 9.4 decides: DR, Backup or DROther. */
  | { readonly kind: 'elect' }
  /** Nothing is to be done. */
  | { readonly kind: 'ignored' };

const ignored: InterfaceTransition = { kind: 'ignored' };
const elect: InterfaceTransition = { kind: 'elect' };
const down: InterfaceTransition = { kind: 'move', to: 'Down' };
const loop: InterfaceTransition = { kind: 'move', to: 'Loopback' };

type Row = { readonly [event in InterfaceEvent]: InterfaceTransition };

/** What ends every state alike. */
const ends = { LoopInd: loop, InterfaceDown: down } as const;

const pointToPoint: Row = {
  InterfaceUp: ignored,
  WaitTimer: ignored,
  BackupSeen: ignored,
  NeighborChange: ignored,
  UnloopInd: ignored,
  ...ends,
};

const elected: Row = { ...pointToPoint, NeighborChange: elect };

export const INTERFACE_FSM: { readonly [state in InterfaceState]: Row } = {
  Down: {
    ...pointToPoint,
    InterfaceUp: { kind: 'join', pointToPoint: 'Point-to-point', eligible: 'Waiting', ineligible: 'DROther' },
    InterfaceDown: ignored,
  },
  Loopback: { ...pointToPoint, UnloopInd: down, LoopInd: ignored },
  // Who is there is not known yet: neighbors that come and go do not lead to an election.
  Waiting: { ...pointToPoint, WaitTimer: elect, BackupSeen: elect },
  'Point-to-point': pointToPoint,
  DROther: elected,
  Backup: elected,
  DR: elected,
};
