/**
 * The neighbor state machine of RFC 2328 section 10.3 as a table: every event in every state is decided here, and what
 * a decision does is done in adjacency.ts.
 */

export const NEIGHBOR_STATES = ['Down', 'Attempt', 'Init', '2-Way', 'ExStart', 'Exchange', 'Loading', 'Full'] as const;
export type NeighborState = (typeof NEIGHBOR_STATES)[number];

export const NEIGHBOR_EVENTS = [
  'HelloReceived',
  'Start',
  '2-WayReceived',
  'NegotiationDone',
  'ExchangeDone',
  'BadLSReq',
  'LoadingDone',
  'AdjOK?',
  'SeqNumberMismatch',
  '1-WayReceived',
  'KillNbr',
  'InactivityTimer',
  'LLDown',
] as const;
export type NeighborEvent = (typeof NEIGHBOR_EVENTS)[number];

/** In the order in which a transition lists them. */
export type NeighborAction =
  /** The neighbor is alive: it has another RouterDeadInterval. */
  | 'restart inactivity timer'
  | 'stop inactivity timer'
  /** Entering ExStart: next DD sequence number, claim to be master, send empty descriptions. */
  | 'begin exchange'
  /** Entering Exchange: snapshot of the database. */
  | 'describe database'
  /** Summary, request and retransmission lists. */
  | 'clear lists';

export interface Move {
  readonly kind: 'move';
  readonly to: NeighborState;
  readonly actions: readonly NeighborAction[];
}

/** The next state depends on a question: is this neighbor to be adjacent (10.4), is the request list empty? */
export interface Choice {
  readonly kind: 'choice';
  readonly question: 'adjacent?' | 'requests empty?';
  readonly yes: Move | Ignored;
  readonly no: Move | Ignored;
}

/** Nothing is to be done. */
export interface Ignored {
  readonly kind: 'ignored';
}

/** The rest of the machine never raises the event in this state; if it does, that is a defect worth an event. */
export interface Impossible {
  readonly kind: 'impossible';
}

export type Transition = Move | Choice | Ignored | Impossible;

const ignored: Ignored = { kind: 'ignored' };
const impossible: Impossible = { kind: 'impossible' };

function move(to: NeighborState, ...actions: NeighborAction[]): Move {
  return { kind: 'move', to, actions };
}

function choice(question: Choice['question'], yes: Move | Ignored, no: Move | Ignored): Choice {
  return { kind: 'choice', question, yes, no };
}

const down = move('Down', 'stop inactivity timer', 'clear lists');
const restart = move('ExStart', 'clear lists', 'begin exchange');
const oneWay = move('Init', 'clear lists');
const keepAdjacency = choice('adjacent?', ignored, move('2-Way', 'clear lists'));
const formAdjacency = choice('adjacent?', move('ExStart', 'begin exchange'), move('2-Way'));

type Row = { readonly [event in NeighborEvent]: Transition };

/** What ends every state alike. */
const ends = { KillNbr: down, InactivityTimer: down, LLDown: down } as const;
/** What does not occur before databases are exchanged. */
const beforeExchange = {
  NegotiationDone: impossible,
  ExchangeDone: impossible,
  BadLSReq: impossible,
  LoadingDone: impossible,
  SeqNumberMismatch: impossible,
} as const;
/** What is the same from Exchange on. */
const fromExchange = {
  Start: ignored,
  '2-WayReceived': ignored,
  NegotiationDone: impossible,
  BadLSReq: restart,
  'AdjOK?': keepAdjacency,
  SeqNumberMismatch: restart,
  '1-WayReceived': oneWay,
  ...ends,
} as const;

export const NEIGHBOR_FSM: { readonly [state in NeighborState]: Row } = {
  Down: {
    HelloReceived: move('Init', 'restart inactivity timer'),
    // Only NBMA networks, which are not supported, have neighbors that are known before they are heard.
    Start: move('Attempt', 'restart inactivity timer'),
    '2-WayReceived': impossible,
    'AdjOK?': ignored,
    '1-WayReceived': impossible,
    ...beforeExchange,
    ...ends,
  },
  Attempt: {
    HelloReceived: move('Init', 'restart inactivity timer'),
    Start: ignored,
    '2-WayReceived': impossible,
    'AdjOK?': ignored,
    '1-WayReceived': impossible,
    ...beforeExchange,
    ...ends,
  },
  Init: {
    HelloReceived: move('Init', 'restart inactivity timer'),
    Start: ignored,
    '2-WayReceived': formAdjacency,
    'AdjOK?': ignored,
    '1-WayReceived': ignored,
    ...beforeExchange,
    ...ends,
  },
  '2-Way': {
    HelloReceived: move('2-Way', 'restart inactivity timer'),
    Start: ignored,
    '2-WayReceived': ignored,
    'AdjOK?': formAdjacency,
    '1-WayReceived': oneWay,
    ...beforeExchange,
    ...ends,
  },
  ExStart: {
    HelloReceived: move('ExStart', 'restart inactivity timer'),
    Start: ignored,
    '2-WayReceived': ignored,
    'AdjOK?': keepAdjacency,
    '1-WayReceived': oneWay,
    ...beforeExchange,
    NegotiationDone: move('Exchange', 'describe database'),
    ...ends,
  },
  Exchange: {
    HelloReceived: move('Exchange', 'restart inactivity timer'),
    ExchangeDone: choice('requests empty?', move('Full'), move('Loading')),
    LoadingDone: impossible,
    ...fromExchange,
  },
  Loading: {
    HelloReceived: move('Loading', 'restart inactivity timer'),
    ExchangeDone: impossible,
    LoadingDone: move('Full'),
    ...fromExchange,
  },
  Full: {
    HelloReceived: move('Full', 'restart inactivity timer'),
    ExchangeDone: impossible,
    LoadingDone: impossible,
    ...fromExchange,
  },
};

/** True if `state` is `least` or further towards Full. */
export function isAtLeast(state: NeighborState, least: NeighborState): boolean {
  return NEIGHBOR_STATES.indexOf(state) >= NEIGHBOR_STATES.indexOf(least);
}
