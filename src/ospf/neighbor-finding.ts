/** What the states of an interface and its neighbors say about what is wrong. */
import { formatIpv4 } from '../base/ipv4.js';
import { LINK_POINT_TO_POINT, LINK_TRANSIT } from '../wire/ospf/router-lsa.js';
import { type Finding, nameOf, secondsText } from './finding.js';
import type { OspfInterfaceView, OspfLsaView, OspfNeighborView } from './view.js';

/** After so many RxmtIntervals an exchange that has not gone on is stuck. */
const STUCK_INTERVALS = 2;
/** By then both ends have told what they are to each other. */
const SETTLED_MS = 10_000;
/** IPv4 and ICMP. */
const PING_HEADER_BYTES = 28;

/** What is wrong with a neighbor that is heard, as far as its state tells. */
export function findingsOfState(neighbor: OspfNeighborView, ospfInterface: OspfInterfaceView): Finding[] {
  const { stateAgeMs, exchangeAgeMs = 0, address, routerId } = neighbor;
  const { mtuBytes, name, helloIntervalSeconds, retransmitIntervalSeconds } = ospfInterface;
  const who = nameOf(address, routerId);
  const since = `for ${secondsText(stateAgeMs)}`;
  const stuckMs = STUCK_INTERVALS * retransmitIntervalSeconds * 1000;
  switch (neighbor.state) {
    case 'Init':
      if (stateAgeMs < helloIntervalSeconds * 1000) return [];
      return [
        {
          code: 'one-way',
          neighbor: address,
          problem: 'it does not hear us, or does not accept what we send',
          evidence: `${who} has been in Init ${since}: its Hellos do not list our router ID`,
          fix: `look on the other router why it rejects our Hellos, and whether multicast to 224.0.0.5 gets from ${name} to it`,
        },
      ];
    case 'ExStart':
    case 'Exchange':
      if (exchangeAgeMs < stuckMs) return [];
      return [
        {
          code: 'exchange',
          neighbor: address,
          problem: 'the database exchange does not go on; often the other router rejects our MTU, and does not say so',
          evidence: `${who} has tried for ${secondsText(exchangeAgeMs)}, and is in ${neighbor.state}; we announce an MTU of ${mtuBytes}`,
          fix: `give both ends the same MTU (BIRD wants it equal, others not larger than theirs); ${tryPing(neighbor, mtuBytes)}`,
        },
      ];
    case 'Loading':
      if (stateAgeMs < stuckMs) return [];
      return [
        {
          code: 'loading',
          neighbor: address,
          problem: 'LSAs that we have asked for do not come; often large packets get lost',
          evidence: `${who} has been in Loading ${since}: ${neighbor.toRequest} LSAs are missing`,
          fix: tryPing(neighbor, mtuBytes),
        },
      ];
    default:
      return [];
  }
}

function tryPing({ address }: OspfNeighborView, mtuBytes: number): string {
  return `see whether packets of that size get through: ping -M do -s ${mtuBytes - PING_HEADER_BYTES} ${formatIpv4(address)}`;
}

/** What is wrong with the network as a whole. */
export function findingsOfNetwork(ospfInterface: OspfInterfaceView, neighbors: readonly OspfNeighborView[]): Finding[] {
  if (ospfInterface.type === 'point-to-point') return neighbors.length < 2 ? [] : [crowd(ospfInterface, neighbors)];
  const { state, designatedRouter, priority, deadIntervalSeconds, stateAgeMs, name } = ospfInterface;
  const heard = neighbors.filter((neighbor) => neighbor.state === '2-Way');
  if (heard.length === 0 || designatedRouter !== 0) return [];
  if (state === 'Waiting') {
    const left = secondsText(Math.max(0, deadIntervalSeconds * 1000 - stateAgeMs));
    const evidence = `${name} listens who is designated router, for ${left} at most`;
    const problem = 'the designated router is not elected yet';
    return [{ code: 'waiting', neighbor: undefined, problem, evidence, fix: 'wait' }];
  }
  if (priority > 0 || heard.some((neighbor) => neighbor.priority !== 0)) return [];
  return [
    {
      code: 'no-designated-router',
      neighbor: undefined,
      problem: 'no router on the link may become designated router',
      evidence: `the priority of all ${heard.length + 1} routers is 0`,
      fix: `set priority: 1 on ${name} here, or on one of the others`,
    },
  ];
}

function crowd({ name }: OspfInterfaceView, neighbors: readonly OspfNeighborView[]): Finding {
  const names = neighbors.map(({ address, routerId }) => nameOf(address, routerId)).join(', ');
  return {
    code: 'network-type',
    neighbor: undefined,
    problem: 'there is more than one router on a point-to-point link',
    evidence: `heard are ${names}`,
    fix: `set type: broadcast on ${name} and on all routers there, or separate them`,
  };
}

/**
 * An adjacency that is Full and carries no routes: one end takes the network for point-to-point, the other for broadcast,
 * and so their router-LSAs do not name each other (RFC 2328 section 12.4.1).
 */
export function findingsOfType(
  neighbor: OspfNeighborView,
  ospfInterface: OspfInterfaceView,
  routerId: number,
  database: readonly OspfLsaView[],
): Finding[] {
  if (neighbor.state !== 'Full') return [];
  const body = database.find(
    (lsa) => lsa.type === 1 && lsa.advertisingRouter === neighbor.routerId && lsa.area === ospfInterface.area,
  )?.body;
  if (body?.kind !== 'router') return neighbor.stateAgeMs < SETTLED_MS ? [] : [missingLsa(neighbor)];
  const here = ospfInterface.type;
  const transit = body.links.some(({ type, data }) => type === LINK_TRANSIT && data === neighbor.address);
  const direct = body.links.some(({ type, id }) => type === LINK_POINT_TO_POINT && id === routerId);
  const saysNothing = !transit && !direct && neighbor.stateAgeMs >= SETTLED_MS;
  const isOther = here === 'point-to-point' ? transit || saysNothing : direct && !transit;
  if (!isOther) return [];
  if (saysNothing) return [namelessLsa(neighbor, here)];
  const there = here === 'broadcast' ? 'point-to-point' : 'broadcast';
  return [
    {
      code: 'network-type',
      neighbor: neighbor.address,
      problem: 'the network types differ: the adjacency is Full, but no routes lead through it',
      evidence: `the router-LSA of ${nameOf(neighbor.address, neighbor.routerId)} describes the link as ${there}, here it is ${here}`,
      fix: `set type: ${there} on ${ospfInterface.name} here, or ${here} there (FRR: ip ospf network ${here}, BIRD: type ${here === 'broadcast' ? 'broadcast' : 'ptp'})`,
    },
  ];
}

/** Of another network type, or of another router: two with one router ID replace each other's router-LSA without end. */
function namelessLsa({ address, routerId }: OspfNeighborView, here: OspfInterfaceView['type']): Finding {
  return {
    code: 'network-type',
    neighbor: address,
    problem: 'the adjacency is Full, but no routes lead through it: the neighbor does not describe the link',
    evidence: `the router-LSA of ${nameOf(address, routerId)} does not name us, here the link is ${here}`,
    fix: `set the same type at both ends; if it is, look for another router with the router ID ${formatIpv4(routerId)} (lasthop show neighbors)`,
  };
}

function missingLsa({ address, routerId, stateAgeMs }: OspfNeighborView): Finding {
  return {
    code: 'router-lsa',
    neighbor: address,
    problem: 'the adjacency is Full, but nothing leads through it: the neighbor has not described itself',
    evidence: `there is no router-LSA of ${nameOf(address, routerId)}, which has been Full for ${secondsText(stateAgeMs)}`,
    fix: 'see whether its Link State Updates get through (lasthop show rejections; tcpdump -vvv proto ospf)',
  };
}
