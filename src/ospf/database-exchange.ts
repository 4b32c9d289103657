import { type DatabaseDescription, DD_INIT, DD_MASTER, DD_MORE } from '../wire/ospf/dbdesc.js';
import { isKnownLsaType, isOpaqueLsaType, type LsaHeader } from '../wire/ospf/lsa.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { MAX_AGE_SECONDS } from './constants.js';
import { repeatDescription, sendDescription } from './database-description.js';
import { hasRoomFor } from './lsa-limit.js';
import { compareInstances, describeLsa, lsaKey } from './lsdb.js';
import type { Neighbor } from './neighbor.js';
import type { Origin } from './router.js';
import { isOfAsScope } from './scope.js';

const FLAGS = DD_INIT | DD_MORE | DD_MASTER;

/** Takes a Database Description by RFC 2328 section 10.6. */
export function receiveDescription(
  area: Area,
  neighbor: Neighbor,
  description: DatabaseDescription,
  origin: Origin,
): void {
  const { config, mtu } = neighbor.interface;
  if (!config.mtuIgnore && description.mtu > mtu) {
    area.reject(origin, 'mtu', `${mtu} or less`, description.mtu);
    return;
  }
  if (isStaleOpening(neighbor, description)) return;
  if (neighbor.state === 'Init') raise(area, neighbor, '2-WayReceived', 'it sends descriptions');
  switch (neighbor.state) {
    case 'ExStart':
      negotiate(area, neighbor, description, origin);
      return;
    case 'Exchange':
      exchange(area, neighbor, description, origin);
      return;
    case 'Loading':
    case 'Full':
      afterwards(area, neighbor, description);
      return;
    default:
      area.discard('neighbor-state');
  }
}

/** Who is the master? The higher router ID; the slave accepts by taking over the other's sequence number. */
function negotiate(area: Area, neighbor: Neighbor, description: DatabaseDescription, origin: Origin): void {
  const flags = description.flags & FLAGS;
  const isOpening = flags === FLAGS && description.headers.length === 0;
  const isAnswer = (flags & (DD_INIT | DD_MASTER)) === 0 && description.sequence === neighbor.ddSequence;
  if (isOpening && neighbor.routerId > area.routerId) {
    neighbor.isMaster = true;
    neighbor.ddSequence = description.sequence;
    neighbor.openingSequence = description.sequence;
  } else if (isAnswer && neighbor.routerId < area.routerId) {
    neighbor.isMaster = false;
  } else {
    // It has come to ExStart after our opening, which it took for a mismatch: it is not to wait for RxmtInterval.
    if (isOpening && neighbor.exchangeBeganMs <= area.nowMs) repeatDescription(area, neighbor);
    return;
  }
  neighbor.options = description.options;
  raise(area, neighbor, 'NegotiationDone', neighbor.isMaster ? 'it is master' : 'we are master');
  accept(area, neighbor, description, origin);
}

function exchange(area: Area, neighbor: Neighbor, description: DatabaseDescription, origin: Origin): void {
  if (isDuplicate(neighbor, description)) {
    if (neighbor.isMaster) repeatDescription(area, neighbor);
    return;
  }
  const expected = neighbor.isMaster ? (neighbor.ddSequence + 1) >>> 0 : neighbor.ddSequence;
  const defect = defectOf(neighbor, description, expected);
  if (defect === undefined) accept(area, neighbor, description, origin);
  else raise(area, neighbor, 'SeqNumberMismatch', defect);
}

/** In Loading and Full only repetitions are in order: the slave's last answer may have been lost. */
function afterwards(area: Area, neighbor: Neighbor, description: DatabaseDescription): void {
  if (!isDuplicate(neighbor, description)) {
    raise(area, neighbor, 'SeqNumberMismatch', 'a new description after the exchange: it has started again');
  } else if (neighbor.isMaster) {
    if (neighbor.timers.isSet('description-kept')) repeatDescription(area, neighbor);
    else raise(area, neighbor, 'SeqNumberMismatch', 'its last description repeated after RouterDeadInterval');
  }
}

/**
 * The opening of this very exchange, which has gone on since: the master has had our answer, so that this was overtaken
 * on its way. To take it for a new exchange would leave the neighbor behind, which is done with this one.
 */
function isStaleOpening(neighbor: Neighbor, { flags, sequence }: DatabaseDescription): boolean {
  const isOpening = (flags & FLAGS) === FLAGS;
  // What is older than that is not on its way any more: it has started again, and counts from the same number.
  const isRecent = neighbor.state === 'Exchange' || neighbor.timers.isSet('description-kept');
  return (
    isOpening &&
    isRecent &&
    neighbor.isAtLeast('Exchange') &&
    neighbor.isMaster &&
    sequence === neighbor.openingSequence &&
    sequence !== neighbor.ddSequence
  );
}

function isDuplicate(neighbor: Neighbor, description: DatabaseDescription): boolean {
  const last = neighbor.lastReceivedDescription;
  return (
    last !== undefined &&
    last.flags === (description.flags & FLAGS) &&
    last.options === description.options &&
    last.sequence === description.sequence
  );
}

function defectOf(neighbor: Neighbor, description: DatabaseDescription, expected: number): string | undefined {
  if (((description.flags & DD_MASTER) !== 0) !== neighbor.isMaster) return 'the master bit changed';
  if ((description.flags & DD_INIT) !== 0) return 'the initialize bit is set: it has started again';
  if (description.options !== neighbor.options) return 'the options changed';
  if (description.sequence !== expected) return `description ${description.sequence}, expected ${expected}`;
  return undefined;
}

/** The next description in sequence: notes what is missing here and goes on. */
function accept(area: Area, neighbor: Neighbor, description: DatabaseDescription, origin: Origin): void {
  const { flags, options, sequence } = description;
  neighbor.lastReceivedDescription = { flags: flags & FLAGS, options, sequence };
  for (const header of description.headers) {
    const refusal = area.refusalOf(header.type);
    if (refusal !== undefined) area.reject(origin, 'lsa', refusal, describeLsa(header));
    const isUnfit =
      (refusal !== undefined && isOfAsScope(header.type)) || (isOpaqueLsaType(header.type) && !neighbor.takesOpaque);
    if (!isKnownLsaType(header.type) || isUnfit) {
      raise(area, neighbor, 'SeqNumberMismatch', `it describes an LSA of type ${header.type}`);
      return;
    }
    // What is left of the time when the area was of another kind is not asked for, and costs no adjacency.
    if (refusal === undefined) noteDescribed(area, neighbor, header, origin);
  }
  const isLast = (flags & DD_MORE) === 0;
  if (neighbor.isMaster) answerAsSlave(area, neighbor, sequence, isLast);
  else continueAsMaster(area, neighbor, isLast);
}

/** Asks for what the neighbor has in a newer instance. What it has as we do, or newer, it need not be told of (RFC 5243). */
function noteDescribed(area: Area, neighbor: Neighbor, described: LsaHeader, origin: Origin): void {
  const header = { ...described, age: Math.min(described.age, MAX_AGE_SECONDS) };
  const key = lsaKey(header);
  const current = area.lsdbFor(neighbor.interface, header.type).get(header);
  const order = current === undefined ? 1 : compareInstances(header, current.headerAt(area.nowMs));
  if (order >= 0) neighbor.summary.delete(key);
  if (order <= 0) return;
  if (hasRoomFor(area.router, header, current, neighbor.requests.size, origin)) neighbor.requests.set(key, header);
}

function answerAsSlave(area: Area, neighbor: Neighbor, sequence: number, isLast: boolean): void {
  neighbor.ddSequence = sequence;
  sendDescription(area, neighbor);
  if (!isLast || neighbor.sentMore) return;
  neighbor.timers.stop('description');
  neighbor.timers.set('description-kept', area.nowMs + neighbor.interface.config.deadIntervalSeconds * 1000);
  raise(area, neighbor, 'ExchangeDone', 'both databases are described');
}

function continueAsMaster(area: Area, neighbor: Neighbor, isLast: boolean): void {
  neighbor.ddSequence = (neighbor.ddSequence + 1) >>> 0;
  if (!isLast || neighbor.sentMore) {
    sendDescription(area, neighbor);
    return;
  }
  neighbor.timers.stop('description');
  raise(area, neighbor, 'ExchangeDone', 'both databases are described');
}
