/** What a failed check of a packet means, and what to do about it. */
import { formatIpv4 } from '../base/ipv4.js';
import { formatPrefix, networkOf } from '../base/prefix.js';
import { type Finding, nameOf, secondsText } from './finding.js';
import type { Rejection, RejectionCheck } from './rejection.js';
import type { OspfInterfaceView } from './view.js';

interface Meaning {
  readonly problem: string;
  /** What was seen, without whom and how often. */
  readonly saw: string;
  readonly fix: string;
}

type Explain = (rejection: Rejection, ospfInterface: OspfInterfaceView) => Meaning;

export function findingOfRejection(rejection: Rejection, ospfInterface: OspfInterfaceView, nowMs: number): Finding {
  const { check, source, routerId, count, firstMs, atMs } = rejection;
  const { problem, saw, fix } = (MEANINGS[check] ?? otherwise)(rejection, ospfInterface);
  const times = count === 1 ? 'once' : `${count} times in ${secondsText(atMs - firstMs)}`;
  const evidence = `${nameOf(source, routerId)} ${saw}: ${times}, ${secondsText(nowMs - atMs)} ago`;
  return { code: check, neighbor: source, problem, evidence, fix };
}

/** Both ends have a setting, and it has to be the same. */
function differs(setting: string, problem: string, format: (value: string) => string = String): Explain {
  return ({ got, expected }, { name }) => ({
    problem,
    saw: `has ${format(got)}, we have ${format(expected)}`,
    fix: `set ${setting}: ${got} on ${name} here, or ${expected} there`,
  });
}

function seconds(value: string): string {
  return `${value} s`;
}

const MEANINGS: { readonly [check in RejectionCheck]?: Explain } = {
  'hello-interval': differs('hello-interval', 'the Hello intervals differ', seconds),
  'dead-interval': differs('dead-interval', 'the dead intervals differ', seconds),
  'network-mask': ({ got, expected }, { address, name }) => ({
    problem: 'the subnets of the two ends differ in length',
    saw: `has the mask ${got}, we have ${expected}`,
    fix: `give both ends the same prefix length; ${name} is in ${formatPrefix(networkOf(address))} here`,
  }),
  area: ({ got, expected }, { name }) => ({
    problem: 'the two ends are in different areas',
    saw: `sends for area ${got}, ${name} is in area ${expected}`,
    fix: 'put both ends of the link into the same area; virtual links are not supported',
  }),
  'external-option': ({ got }, { area }) => ({
    problem: `the two ends disagree on whether area ${formatIpv4(area)} is a stub area`,
    saw: got === 'E set' ? 'takes it for a normal area, we for a stub area' : 'takes it for a stub area, we do not',
    fix: `give area ${formatIpv4(area)} the same type on all its routers`,
  }),
  'nssa-option': ({ got }, { area }) => ({
    problem: `the two ends disagree on whether area ${formatIpv4(area)} is a not-so-stubby area (NSSA)`,
    saw: got === 'N set' ? 'takes it for an NSSA, we do not' : 'does not take it for an NSSA, we do',
    fix: `give area ${formatIpv4(area)} the same type on all its routers`,
  }),
  'authentication-type': ({ got, expected }, { name }) => ({
    problem: 'the two ends authenticate in different ways',
    saw: `uses ${got}, we use ${expected}`,
    fix: `give ${name} and the other end the same authentication`,
  }),
  'authentication-password': (_rejection, { name }) => ({
    problem: 'the passwords differ',
    saw: 'has another password',
    fix: `set the same password on ${name} and on the other end`,
  }),
  'authentication-key': ({ got, expected }, { name }) => ({
    problem: got.includes('not valid') ? 'a key is used that is not valid here now' : 'the key IDs differ',
    saw: `uses ${got}, we accept ${expected}`,
    fix: got.includes('not valid')
      ? `compare the lifetimes of the keys of ${name} with those there, and the clocks of the two routers`
      : `give ${name} and the other end keys with the same IDs`,
  }),
  'authentication-algorithm': ({ got, expected }, { name }) => ({
    problem: 'the algorithms of the key differ',
    saw: `sends ${got}, we expect ${expected}`,
    fix: `give the key the same algorithm on ${name} and on the other end`,
  }),
  'authentication-digest': ({ expected }, { name }) => ({
    problem: 'the secrets of the key differ',
    saw: `does not send ${expected}`,
    fix: `set the same secret for that key on ${name} and on the other end; it may not end in a blank or a line break`,
  }),
  'authentication-sequence': ({ got }, { deadIntervalSeconds }) => ({
    problem: 'old packets come in: it has started again with lower sequence numbers, or somebody replays them',
    saw: `sends the sequence number ${got}`,
    fix: `if it has restarted this ends within ${deadIntervalSeconds} s; let its clock be right before OSPF starts`,
  }),
  'router-id': ({ got }) => ({
    problem: got === '0.0.0.0' ? 'it has no router ID' : 'two routers have the same router ID',
    saw: got === '0.0.0.0' ? 'sends the router ID 0.0.0.0' : `has the router ID ${got}, which is ours`,
    fix: 'give every router a router-id of its own, and start OSPF there again',
  }),
  source: ({ got, expected }, { address, name }) => ({
    problem: 'its address does not fit the link',
    saw: `sends from ${got}, not from ${expected}`,
    fix: `give it an address of its own in ${formatPrefix(networkOf(address))}, the subnet of ${name}`,
  }),
  destination: ({ got, expected }) => ({
    problem: 'it sends to an address that is not for us',
    saw: `sends to ${got}, not to ${expected}`,
    fix: 'use the same network type on both ends, and look for an address that two routers have',
  }),
  malformed: ({ expected, got }) => ({
    problem: 'a packet of it cannot be read',
    saw: `sent what is malformed (${expected}, ${got})`,
    fix: 'look whether the link damages packets, and what is sent: tcpdump -vvv proto ospf',
  }),
  mtu: ({ got }, { mtuBytes, name }) => ({
    problem: 'the MTUs differ',
    saw: `announces an MTU of ${got}, ours is ${mtuBytes}`,
    fix: `give both ends the same MTU, or set mtu-ignore: true on ${name}`,
  }),
  'neighbor-limit': ({ expected }, { name }) => ({
    problem: 'there are too many routers on the link',
    saw: `is one too many (${expected})`,
    fix: `look who they are (lasthop show neighbors), and divide ${name} into several networks`,
  }),
  lsa: ({ expected, got }) => ({
    problem: 'an LSA of it cannot be accepted',
    saw: `sent one that is not in order (${expected}, ${got})`,
    fix: 'look which router originates it: tcpdump -vvv proto ospf',
  }),
  'lsa-limit': ({ expected }) => ({
    problem: 'the link-state database is full',
    saw: `has more LSAs than we take (${expected})`,
    fix: 'let fewer routes into OSPF, or divide the network into areas',
  }),
};

function otherwise({ check, expected, got }: Rejection): Meaning {
  return {
    problem: `its packets fail the check of ${check}`,
    saw: `sent ${got}, expected was ${expected}`,
    fix: 'compare the settings of both ends',
  };
}
