/** Why is there no adjacency? Answered from what an interface, its neighbors and the rejected packets show. */
import { formatIpv4 } from '../base/ipv4.js';
import { maskOf } from '../base/prefix.js';
import { type Finding, secondsText } from './finding.js';
import { findingsOfNetwork, findingsOfState, findingsOfType } from './neighbor-finding.js';
import type { Rejection } from './rejection.js';
import { findingOfRejection } from './rejection-finding.js';
import type { OspfInterfaceView, OspfLsaView, OspfNeighborView } from './view.js';

/** What is known of one interface at `nowMs`. */
export interface Symptoms {
  readonly nowMs: number;
  readonly routerId: number;
  readonly interface: OspfInterfaceView;
  /** On that interface. */
  readonly neighbors: readonly OspfNeighborView[];
  /** On that interface. */
  readonly rejections: readonly Rejection[];
  readonly database: readonly OspfLsaView[];
}

/** A rejection explains what is wrong now if it has been repeated within this time, or twice RouterDeadInterval. */
const FRESH_MS = 120_000;
/** A sender whose packets fail for several reasons fails for each within so many Hellos, or retransmissions. */
const REPETITION_INTERVALS = 2;

/** What is wrong on the interface, most telling first; nothing if all its neighbors are as they should be. */
export function diagnose(symptoms: Symptoms): Finding[] {
  const { interface: ospfInterface, neighbors, database, routerId, nowMs } = symptoms;
  const idle = reasonToBeIdle(ospfInterface);
  if (idle !== undefined) return [idle];
  const rejected = symptoms.rejections
    .filter((rejection) => isPresent(rejection, symptoms))
    .map((rejection) => findingOfRejection(rejection, ospfInterface, nowMs));
  const explained = new Set(rejected.map(({ neighbor }) => neighbor));
  const network = findingsOfNetwork(ospfInterface, neighbors);
  // Exchanges get mixed up where two routers take a link for theirs alone.
  const isCrowded = network.some(({ code }) => code === 'network-type');
  const unexplained = isCrowded ? [] : neighbors.filter(({ address }) => !explained.has(address));
  const findings = [
    ...rejected,
    ...unexplained.flatMap((neighbor) => findingsOfState(neighbor, ospfInterface)),
    ...network,
    ...(ospfInterface.hasRival ? [rivalry(ospfInterface, routerId)] : []),
    ...neighbors.flatMap((neighbor) => findingsOfType(neighbor, ospfInterface, routerId, database)),
  ];
  const { heardAgeMs = 0, deadIntervalSeconds } = ospfInterface;
  const isSilent = neighbors.length === 0 && (findings.length === 0 || heardAgeMs > 1000 * deadIntervalSeconds);
  return isSilent ? [...findings, silence(ospfInterface)] : findings;
}

function reasonToBeIdle({ name, passive, state }: OspfInterfaceView): Finding | undefined {
  if (passive) {
    return {
      code: 'passive',
      neighbor: undefined,
      problem: 'the interface is passive: its subnet is advertised, neighbors are not looked for',
      evidence: `${name} has passive: true`,
      fix: `remove passive: true from ${name} if there is to be an adjacency`,
    };
  }
  if (state !== 'Down') return undefined;
  return {
    code: 'link-down',
    neighbor: undefined,
    problem: 'the link is down',
    evidence: `the interface state of ${name} is Down`,
    fix: `look at the cable and at the other end, or bring it up if somebody set it down (ip link set ${name} up)`,
  };
}

/**
 * A neighbor that has got on since, a sender that fails another check by now, and a setting of ours that is another now,
 * show that the cause is mended.
 */
function isPresent(
  rejection: Rejection,
  { interface: ospfInterface, neighbors, rejections, nowMs }: Symptoms,
): boolean {
  const { atMs, source } = rejection;
  const { deadIntervalSeconds, helloIntervalSeconds, retransmitIntervalSeconds } = ospfInterface;
  if (nowMs - atMs > Math.max(FRESH_MS, 2000 * deadIntervalSeconds)) return false;
  if (!isOfPresentSettings(rejection, ospfInterface)) return false;
  const repetitionMs = REPETITION_INTERVALS * 1000 * Math.max(helloIntervalSeconds, retransmitIntervalSeconds);
  if (rejections.some((later) => later.source === source && later.atMs - atMs > repetitionMs)) return false;
  const sender = neighbors.find(({ address }) => address === source);
  return sender === undefined || atMs >= nowMs - sender.stateAgeMs;
}

function isOfPresentSettings({ check, expected }: Rejection, ospfInterface: OspfInterfaceView): boolean {
  switch (check) {
    case 'hello-interval':
      return expected === String(ospfInterface.helloIntervalSeconds);
    case 'dead-interval':
      return expected === String(ospfInterface.deadIntervalSeconds);
    case 'area':
      return expected === formatIpv4(ospfInterface.area);
    case 'network-mask':
      return expected === formatIpv4(maskOf(ospfInterface.address.prefixLength));
    case 'interface':
      // It was not up, or passive, and is neither now.
      return false;
    default:
      return true;
  }
}

function rivalry({ name, area }: OspfInterfaceView, routerId: number): Finding {
  return {
    code: 'duplicate-router-id',
    neighbor: undefined,
    problem: 'another router in the area has our router ID: each takes the other out of the network, again and again',
    evidence: `router-LSAs of ${formatIpv4(routerId)} that are not ours come in on ${name} in area ${formatIpv4(area)}`,
    fix: 'give every router a router-id of its own; if they have one, somebody forges our router-LSA (lasthop show events)',
  };
}

function silence(ospfInterface: OspfInterfaceView): Finding {
  const { name, type, stateAgeMs, heardAgeMs, helloIntervalSeconds } = ospfInterface;
  if (heardAgeMs === undefined && stateAgeMs < helloIntervalSeconds * 1000) {
    return {
      code: 'silence',
      neighbor: undefined,
      problem: 'no router has been heard yet',
      evidence: `${name} has been up for ${secondsText(stateAgeMs)}, Hellos come every ${helloIntervalSeconds} s`,
      fix: 'wait',
    };
  }
  const evidence =
    heardAgeMs === undefined
      ? `no OSPF packet has come in on ${name}, which has been ${type} and up for ${secondsText(stateAgeMs)}`
      : `the last OSPF packet came in on ${name} ${secondsText(heardAgeMs)} ago`;
  return {
    code: 'silence',
    neighbor: undefined,
    problem: 'no router is heard on the link',
    evidence,
    fix: `see that OSPF runs on the other end and is not passive there, that both ends are in one VLAN, and that multicast to 224.0.0.5 and IP protocol 89 get through (tcpdump -ni ${name} proto 89)`,
  };
}
