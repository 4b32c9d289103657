import { randomBelow, SeededRandom } from '../../src/base/random.js';
import { ALL_SPF_ROUTERS, encodeOspfPacket, OSPF_LINK_STATE_UPDATE } from '../../src/wire/ospf/header.js';
import { encodeLsa, LSA_ROUTER } from '../../src/wire/ospf/lsa.js';
import { encodeLinkStateUpdate } from '../../src/wire/ospf/lsupd.js';
import { encodeRouterLsa } from '../../src/wire/ospf/router-lsa.js';
import {
  type End,
  hostStub,
  OspfNetwork,
  PERFECT_WIRE,
  type SimulatedRouter,
  type Wire,
  type WireFaults,
} from './ospf-network.js';

/** Random networks and what befalls them, from a seed. */

const BAD_WIRE: WireFaults = { delayMs: 2, jitterMs: 30, loss: 0.1, duplication: 0.1 };
/** Longer than it takes to notice a silent neighbor, to elect another router, and to repeat what was lost. */
const QUIET_MS = 130_000;
const LAST_SEQUENCE = 0x7fffffff;

export interface World {
  readonly network: OspfNetwork;
  readonly random: SeededRandom;
  readonly routers: SimulatedRouter[];
  /** The wires with carrier. */
  readonly live: Set<Wire>;
}

export interface WorldOptions {
  readonly routers: number;
  readonly lans: number;
  readonly keepsOutputs?: boolean;
}

/** A tree keeps most of it together; some more wires, parallel ones among them, and LANs make it interesting. */
export function randomWorld(seed: number, options: WorldOptions): World {
  const random = new SeededRandom(seed);
  const network = new OspfNetwork(seed, options.keepsOutputs ?? true);
  const routers = Array.from({ length: options.routers }, (_, index) =>
    network.addRouter(`r${index}`, {
      routerId: 0x0a0a0000 + randomBelow(random, 0xffff) * 256 + index,
      hostMode: randomBelow(random, 5) === 0,
      stubs: [hostStub(0xc6336400 + index), anycastStub(random)],
    }),
  );
  const world = { network, random, routers, live: new Set<Wire>() };
  for (let lan = 0; lan < options.lans; lan++) addLan(world);
  for (let index = 1; index < routers.length; index++) connect(world, index, randomBelow(random, index));
  for (let extra = 0; extra < routers.length / 2; extra++) {
    const [a, b] = [randomBelow(random, routers.length), randomBelow(random, routers.length)];
    if (a !== b) connect(world, a, b);
  }
  return world;
}

function anycastStub(random: SeededRandom) {
  return hostStub(0xcb007100 + randomBelow(random, 3), randomBelow(random, 20));
}

function connect({ network, random, routers, live }: World, a: number, b: number): void {
  const cost = () => 1 + randomBelow(random, 5);
  live.add(network.connect(routers[a], routers[b], { costs: [cost(), cost()] }));
}

/** A LAN of two to eight routers, some of which may not be elected. */
function addLan({ network, random, routers, live }: World): void {
  const size = Math.min(routers.length, 2 + randomBelow(random, 7));
  const first = randomBelow(random, routers.length - size + 1);
  const members = routers.slice(first, first + size);
  const costs = members.map(() => 1 + randomBelow(random, 5));
  const priorities = members.map(() => randomBelow(random, 3));
  live.add(network.addLan(members, { costs, priorities }));
}

/** All wires lose, repeat and delay packets from now on. */
export function spoil({ network }: World): void {
  for (const wire of network.wires) wire.faults = BAD_WIRE;
}

/** Something happens to a wire or a router. */
function disturb(world: World): void {
  const { network, random, routers, live } = world;
  const wire = network.wires[randomBelow(random, network.wires.length)];
  const router = routers[randomBelow(random, routers.length)];
  switch (randomBelow(random, 10)) {
    case 0:
    case 1:
      network.setCarrier(wire, !live.has(wire));
      if (!live.delete(wire)) live.add(wire);
      break;
    case 2:
      wire.silent = !wire.silent;
      break;
    case 3:
    case 4:
      network.restart(router, randomBelow(random, 2) === 0);
      for (const { wire: other } of router.places.values()) if (!live.has(other)) network.setCarrier(other, false);
      break;
    case 5:
      network.configure(router, { stubs: [hostStub(0xc6336400 + routers.indexOf(router)), anycastStub(random)] });
      break;
    case 6:
      partition(world, wire);
      break;
    case 7:
      changePriority(world, router);
      break;
    case 8:
      forge(world, wire);
      break;
    default:
      router.paused = !router.paused;
  }
}

function partition({ network, random }: World, wire: Wire): void {
  const half = wire.ends.map(({ router }) => router).filter(() => randomBelow(random, 2) === 0);
  const rest = wire.ends.map(({ router }) => router).filter((router) => !half.includes(router));
  if (wire.kind === 'broadcast') network.partition(wire, half, rest);
}

function changePriority({ network, random }: World, router: SimulatedRouter): void {
  const interfaces = router.config.interfaces.map((config) => ({ ...config, priority: randomBelow(random, 3) }));
  network.configure(router, { interfaces });
}

/**
 * Two neighbors are told what its owner never said: a router-LSA whose number is about to run out, or the flush of one.
 * The owner has to set it right everywhere. Each takes the other for the sender: told to one alone it would stay there
 * until the next refresh, since the other, who lacks it, counts as knowing it.
 */
function forge({ network, random, routers }: World, wire: Wire): void {
  const [one, other] = wire.ends;
  if (!isFullWith(network, one, other) || !isFullWith(network, other, one)) return;
  const owner = routers[randomBelow(random, routers.length)].config.routerId;
  const known = one.router.instance
    .database(network.nowMs)
    .find(({ type, advertisingRouter }) => type === LSA_ROUTER && advertisingRouter === owner);
  if (known === undefined) return;
  const isLast = randomBelow(random, 2) === 0;
  const sequence = isLast ? LAST_SEQUENCE - randomBelow(random, 2) : Math.min(known.sequence + 1, LAST_SEQUENCE);
  const header = {
    type: LSA_ROUTER,
    id: owner,
    advertisingRouter: owner,
    age: isLast ? 10 : 3600,
    options: 2,
    sequence,
  };
  const lsa = encodeLsa(header, encodeRouterLsa({ flags: 0, links: [] }));
  tell(network, one, other, lsa);
  tell(network, other, one, lsa);
}

function isFullWith(network: OspfNetwork, end: End, other: End): boolean {
  return end.router.instance
    .neighbors(network.nowMs)
    .some(
      ({ interface: name, address, state }) => name === end.interface && address === other.address && state === 'Full',
    );
}

function tell(network: OspfNetwork, to: End, from: End, lsa: Uint8Array): void {
  const body = encodeLinkStateUpdate([lsa]);
  network.handle(to.router, {
    kind: 'packet',
    interface: to.interface,
    source: from.address,
    destination: ALL_SPF_ROUTERS,
    payload: encodeOspfPacket(OSPF_LINK_STATE_UPDATE, from.router.config.routerId, 0, body),
  });
}

/** Something happens `rounds` times, a few seconds apart. */
export function harass(world: World, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    disturb(world);
    world.network.run(world.network.nowMs + randomBelow(world.random, 8000));
  }
}

/** All wires are perfect from now on, all routers run, and there is time enough for everything. */
export function calm({ network, routers }: World, quietMs = QUIET_MS): void {
  for (const wire of network.wires) {
    wire.faults = PERFECT_WIRE;
    wire.silent = false;
  }
  for (const router of routers) router.paused = false;
  network.run(network.nowMs + quietMs);
}
