import { maskOf } from '../base/prefix.js';
import { randomBelow } from '../base/random.js';
import { OPTION_EXTERNAL, OSPF_HELLO } from '../wire/ospf/header.js';
import { encodeHello, type Hello } from '../wire/ospf/hello.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { EXTRA_HELLO_GAP_MS, MAX_NEIGHBORS_PER_INTERFACE } from './constants.js';
import type { OspfInterface } from './interface.js';
import { Neighbor } from './neighbor.js';
import type { Origin } from './router.js';

/** Options of a Hello: E, as the area takes AS-external LSAs. Others than E and N mean nothing here (section A.2). */
export const HELLO_OPTIONS = OPTION_EXTERNAL;

/** Sends a Hello with all neighbors that have been heard, and sets the time of the next. */
export function sendHello(area: Area, ospfInterface: OspfInterface): void {
  transmitHello(area, ospfInterface, [...ospfInterface.neighbors.keys()]);
  ospfInterface.timers.set('hello', area.nowMs + ospfInterface.config.helloIntervalSeconds * 1000);
}

/** A Hello without neighbors: the others see at once that they are not heard any more, and route around us. */
export function sendGoodbye(area: Area, ospfInterface: OspfInterface): void {
  transmitHello(area, ospfInterface, []);
}

/** RFC 2328 section 10.5. */
export function receiveHello(
  area: Area,
  ospfInterface: OspfInterface,
  routerId: number,
  hello: Hello,
  origin: Origin,
): void {
  if (!parametersAgree(area, ospfInterface, hello, origin)) return;
  const neighbor = findNeighbor(area, ospfInterface, routerId, origin);
  if (neighbor === undefined) return;
  updateAddress(area, neighbor, origin.source);
  neighbor.priority = hello.priority;
  const isNew = neighbor.state === 'Down';
  raise(area, neighbor, 'HelloReceived', 'Hello');
  if (hello.neighbors.includes(area.routerId)) raise(area, neighbor, '2-WayReceived', 'it hears us');
  else raise(area, neighbor, '1-WayReceived', 'its Hello does not list us');
  // Waiting for its turn would cost up to a HelloInterval on either side.
  if (isNew || neighbor.state === 'Init') answerSoon(area, ospfInterface);
}

/** On a point-to-point network a neighbor stays the same when its address changes; the next hops do not. */
function updateAddress(area: Area, neighbor: Neighbor, address: number): void {
  if (neighbor.address === address) return;
  neighbor.address = address;
  if (neighbor.isAdjacent) area.spfSchedule.request('dijkstra', area.nowMs);
}

/** Sends a Hello out of turn, at most one in EXTRA_HELLO_GAP_MS. */
function answerSoon(area: Area, ospfInterface: OspfInterface): void {
  const allowedAtMs = ospfInterface.lastExtraHelloMs + EXTRA_HELLO_GAP_MS;
  if (area.nowMs >= allowedAtMs) {
    ospfInterface.lastExtraHelloMs = area.nowMs;
    sendHello(area, ospfInterface);
  } else if (allowedAtMs < (ospfInterface.timers.atMs('hello') ?? Number.POSITIVE_INFINITY)) {
    ospfInterface.timers.set('hello', allowedAtMs);
  }
}

function transmitHello(area: Area, ospfInterface: OspfInterface, neighbors: readonly number[]): void {
  const { config } = ospfInterface;
  const hello: Hello = {
    networkMask: maskOf(config.address.prefixLength),
    helloIntervalSeconds: config.helloIntervalSeconds,
    options: HELLO_OPTIONS,
    // Without elections nothing reads it; 1 is what others send by default.
    priority: 1,
    deadIntervalSeconds: config.deadIntervalSeconds,
    designatedRouter: 0,
    backupDesignatedRouter: 0,
    neighbors,
  };
  area.sendToAll(ospfInterface, OSPF_HELLO, encodeHello(hello));
}

/** The mask is not compared: on point-to-point networks it has no meaning. */
function parametersAgree(area: Area, ospfInterface: OspfInterface, hello: Hello, origin: Origin): boolean {
  const { helloIntervalSeconds, deadIntervalSeconds } = ospfInterface.config;
  if (hello.helloIntervalSeconds !== helloIntervalSeconds) {
    area.reject(origin, 'hello-interval', helloIntervalSeconds, hello.helloIntervalSeconds);
    return false;
  }
  if (hello.deadIntervalSeconds !== deadIntervalSeconds) {
    area.reject(origin, 'dead-interval', deadIntervalSeconds, hello.deadIntervalSeconds);
    return false;
  }
  if ((hello.options & OPTION_EXTERNAL) === 0) {
    area.reject(origin, 'external-option', 'E set, the area is not a stub area', 'E clear');
    return false;
  }
  return true;
}

function findNeighbor(
  area: Area,
  ospfInterface: OspfInterface,
  routerId: number,
  origin: Origin,
): Neighbor | undefined {
  const known = ospfInterface.neighbors.get(routerId);
  if (known !== undefined) return known;
  for (const other of ospfInterface.neighbors.values()) {
    if (other.address === origin.source) raise(area, other, 'KillNbr', 'its router ID changed');
  }
  if (ospfInterface.neighbors.size >= MAX_NEIGHBORS_PER_INTERFACE) {
    area.reject(origin, 'neighbor-limit', `${MAX_NEIGHBORS_PER_INTERFACE} neighbors at most`, 'another one');
    return undefined;
  }
  const ddSequence = randomBelow(area.random, 0x7fffffff);
  const neighbor = new Neighbor(ospfInterface, routerId, origin.source, ddSequence, area.nowMs);
  ospfInterface.neighbors.set(routerId, neighbor);
  return neighbor;
}
