import { formatIpv4 } from '../base/ipv4.js';
import { maskOf } from '../base/prefix.js';
import { randomBelow } from '../base/random.js';
import { OPTION_EXTERNAL, OPTION_NSSA, OSPF_HELLO } from '../wire/ospf/header.js';
import { encodeHello, HELLO_BYTES, type Hello } from '../wire/ospf/hello.js';
import { raise } from './adjacency.js';
import type { Area } from './area.js';
import { EXTRA_HELLO_GAP_MS, MAX_NEIGHBORS_PER_INTERFACE } from './constants.js';
import { findNeighborOf, type OspfInterface } from './interface.js';
import { Neighbor } from './neighbor.js';
import type { Origin } from './router.js';

/** Sends a Hello with all neighbors that have been heard, and sets the time of the next. */
export function sendHello(area: Area, ospfInterface: OspfInterface): void {
  transmitHello(
    area,
    ospfInterface,
    [...ospfInterface.neighbors.values()].map(({ routerId }) => routerId),
  );
  ospfInterface.timers.set('hello', area.nowMs + ospfInterface.config.helloIntervalSeconds * 1000);
  if (!ospfInterface.isListening) return;
  ospfInterface.isListening = false;
  ospfInterface.namedOffices = undefined;
  ospfInterface.pendingEvents.add('NeighborChange');
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
  const isNew = neighbor.state === 'Down';
  raise(area, neighbor, 'HelloReceived', 'Hello');
  const hearsUs = hello.neighbors.includes(area.routerId);
  if (hearsUs) raise(area, neighbor, '2-WayReceived', 'it hears us');
  else raise(area, neighbor, '1-WayReceived', 'its Hello does not list us');
  // A helper keeps the designated router that restarts, which does not know its office yet (RFC 3623 section 3.1).
  if (!neighbor.isHelped) noteClaims(neighbor, hello);
  if (hearsUs) resumeOffice(neighbor, hello);
  // Waiting for its turn would cost up to a HelloInterval on either side.
  if (isNew || neighbor.state === 'Init') sendHelloSoon(area, ospfInterface);
}

/** What the neighbor says of itself, and whether that asks for an election. */
function noteClaims(neighbor: Neighbor, hello: Hello): void {
  const { address, interface: ospfInterface } = neighbor;
  if (!ospfInterface.isBroadcast) return;
  const claimsDesignated = hello.designatedRouter === address;
  const claimsBackup = hello.backupDesignatedRouter === address;
  const isChanged =
    claimsDesignated !== neighbor.claimsDesignated ||
    claimsBackup !== neighbor.claimsBackup ||
    hello.priority !== neighbor.priority;
  neighbor.claimsDesignated = claimsDesignated;
  neighbor.claimsBackup = claimsBackup;
  neighbor.priority = hello.priority;
  if (!neighbor.isAtLeast('2-Way')) return;
  if (claimsBackup || (claimsDesignated && hello.backupDesignatedRouter === 0)) {
    ospfInterface.pendingEvents.add('BackupSeen');
  }
  if (isChanged) ospfInterface.pendingEvents.add('NeighborChange');
}

/**
 * A router that resumes is named in its office by neighbors that have not noticed: it goes on in it, as one that restarts
 * gracefully does (RFC 3623 section 2). The backup waits for the designated router, whom it would succeed otherwise.
 */
function resumeOffice({ address, interface: ospfInterface }: Neighbor, hello: Hello): void {
  if (!ospfInterface.isListening) return;
  const { designatedRouter, backupDesignatedRouter } = hello;
  const own = ospfInterface.config.address.address;
  if (designatedRouter !== own && !(backupDesignatedRouter === own && designatedRouter === address)) return;
  ospfInterface.namedOffices = { designatedRouter, backupDesignatedRouter };
  ospfInterface.pendingEvents.add('BackupSeen');
}

/** On a point-to-point network a neighbor stays the same when its address changes; the next hops do not. */
function updateAddress(area: Area, neighbor: Neighbor, address: number): void {
  if (neighbor.address === address) return;
  neighbor.address = address;
  if (neighbor.isAdjacent) area.changeRouteInput();
}

/** Sends a Hello out of turn, at most one in EXTRA_HELLO_GAP_MS. */
export function sendHelloSoon(area: Area, ospfInterface: OspfInterface): void {
  if (ospfInterface.isListening) return;
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
    networkMask: ospfInterface.isUnnumbered ? 0 : maskOf(config.address.prefixLength),
    helloIntervalSeconds: config.helloIntervalSeconds,
    options: area.options,
    priority: config.priority,
    deadIntervalSeconds: config.deadIntervalSeconds,
    designatedRouter: ospfInterface.designatedRouter,
    backupDesignatedRouter: ospfInterface.backupDesignatedRouter,
    neighbors,
  };
  area.sendToAll(ospfInterface, OSPF_HELLO, encodeHello(hello));
}

/**
 * Sections 10.5 and 9.5: of the options E and N count, whatever others there are. N comes first: in an NSSA it is set and
 * E is clear (RFC 3101 section 2.1), so that another kind of area differs in both.
 */
function parametersAgree(area: Area, ospfInterface: OspfInterface, hello: Hello, origin: Origin): boolean {
  const { helloIntervalSeconds, deadIntervalSeconds, address } = ospfInterface.config;
  const mask = maskOf(address.prefixLength);
  if (hello.helloIntervalSeconds !== helloIntervalSeconds) {
    area.reject(origin, 'hello-interval', helloIntervalSeconds, hello.helloIntervalSeconds);
  } else if (hello.deadIntervalSeconds !== deadIntervalSeconds) {
    area.reject(origin, 'dead-interval', deadIntervalSeconds, hello.deadIntervalSeconds);
  } else if (ospfInterface.isBroadcast && hello.networkMask !== mask) {
    // On a point-to-point network it has no meaning.
    area.reject(origin, 'network-mask', formatIpv4(mask), formatIpv4(hello.networkMask));
  } else if (((hello.options ^ area.options) & OPTION_NSSA) !== 0) {
    const expected = `${area.isNssa ? 'N set' : 'N clear'}, the area is ${area.kindText}`;
    area.reject(origin, 'nssa-option', expected, area.isNssa ? 'N clear' : 'N set');
  } else if (((hello.options ^ area.options) & OPTION_EXTERNAL) !== 0) {
    const expected = `${area.takesExternals ? 'E set' : 'E clear'}, the area is ${area.kindText}`;
    area.reject(origin, 'external-option', expected, area.takesExternals ? 'E clear' : 'E set');
  } else {
    return true;
  }
  return false;
}

function findNeighbor(
  area: Area,
  ospfInterface: OspfInterface,
  routerId: number,
  origin: Origin,
): Neighbor | undefined {
  const known = findNeighborOf(ospfInterface, routerId, origin.source);
  if (known !== undefined) return known;
  for (const other of [...ospfInterface.neighbors.values()]) {
    if (other.address === origin.source) raise(area, other, 'KillNbr', 'its router ID changed');
  }
  const limit = neighborLimit(area, ospfInterface);
  if (ospfInterface.neighbors.size >= limit) {
    area.reject(origin, 'neighbor-limit', `${limit} neighbors at most`, 'another one');
    return undefined;
  }
  const ddSequence = randomBelow(area.random, 0x7fffffff);
  const neighbor = new Neighbor(ospfInterface, routerId, origin.source, ddSequence, area.nowMs);
  ospfInterface.neighbors.set(neighbor.key, neighbor);
  return neighbor;
}

/** Our Hello must list them all, in one packet that is not cut into fragments. */
function neighborLimit(area: Area, ospfInterface: OspfInterface): number {
  return Math.min(MAX_NEIGHBORS_PER_INTERFACE, Math.floor((area.bodyRoom(ospfInterface) - HELLO_BYTES) / 4));
}
