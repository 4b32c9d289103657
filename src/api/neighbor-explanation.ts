import { LasthopError } from '../base/errors.js';
import { formatIpv4 } from '../base/ipv4.js';
import type { Controller } from '../controller/controller.js';
import { neighborViews, type View } from './views.js';

interface Finding {
  readonly code: string;
  /** Address of the neighbor that it is about; null if it is about the link. */
  readonly neighbor: string | null;
  readonly problem: string;
  readonly evidence: string;
  readonly fix: string;
}

/**
 * Why there is no OSPF adjacency on a link, or none that is of use: the neighbors that there are, and what is wrong.
 * `bfdSessions` are the forwarder's rows of BFD sessions. Throws a LasthopError with code BAD_PARAMS for a link that is
 * not in the configuration.
 */
export function neighborExplanation(controller: Controller, link: string, bfdSessions: unknown, nowMs: number): View {
  const links = controller.config?.links ?? [];
  if (!links.some(({ name }) => name === link)) {
    const known = links.map(({ name }) => name).join(', ');
    throw new LasthopError('BAD_PARAMS', `there is no link "${link}", expected one of ${known}`);
  }
  const neighbors = neighborViews(controller, nowMs).filter((neighbor) => neighbor.link === link);
  return { link, neighbors, findings: findingsOn(controller, link, neighbors, bfdSessions, nowMs) };
}

function findingsOn(
  controller: Controller,
  link: string,
  neighbors: readonly View[],
  bfdSessions: unknown,
  nowMs: number,
): Finding[] {
  const diagnosis = controller.ospf.instance?.diagnosis(link, nowMs);
  if (diagnosis === undefined) return [withoutOspf(controller, link, nowMs)];
  const findings = diagnosis.map(({ neighbor, ...finding }) => ({
    ...finding,
    neighbor: neighbor === undefined ? null : formatIpv4(neighbor),
  }));
  const sessions = Array.isArray(bfdSessions) ? (bfdSessions as View[]) : [];
  return [
    ...findings.map((finding) => (finding.code === 'link-down' ? downLink(controller, link, finding) : finding)),
    ...sessions.filter((session) => session.link === link && isMissed(session, neighbors)).map(missedSession),
  ];
}

function withoutOspf(controller: Controller, link: string, nowMs: number): Finding {
  const rejections = controller.ospf.instance?.rejections() ?? [];
  const last = rejections.findLast((rejection) => rejection.interface === link);
  const heard =
    last === undefined
      ? ''
      : `; an OSPF packet of ${formatIpv4(last.source)} came in ${Math.round((nowMs - last.atMs) / 1000)} s ago`;
  return {
    code: 'no-ospf',
    neighbor: null,
    problem: 'OSPF does not run on this link',
    evidence: `${link} is not among the interfaces of ospf in the configuration${heard}`,
    fix: `add { link: ${link} } to the interfaces of ospf, and lasthop reload`,
  };
}

/** The forwarder knows why. */
function downLink(controller: Controller, link: string, finding: Finding): Finding {
  const state = controller.linkState(link);
  if (state === undefined) return finding;
  const evidence = `${link}: ${state.reason === '' ? 'not up' : state.reason}`;
  return { ...finding, evidence };
}

/** A session that the neighbor does not take part in, or has lost. */
function isMissed({ peer, state }: View, neighbors: readonly View[]): boolean {
  return state !== 'Up' && neighbors.some(({ address }) => address === peer);
}

function missedSession({ peer, state, stateAgeSeconds, remoteState, ups }: View): Finding {
  const neverUp = ups === 0;
  return {
    code: 'bfd',
    neighbor: String(peer),
    problem: neverUp
      ? 'BFD is configured here and has not come up: failures are noticed by the dead interval only'
      : 'BFD has lost the neighbor, whose Hellos still come',
    evidence: `the session is ${state} for ${stateAgeSeconds} s, the neighbor says ${remoteState}`,
    fix: neverUp
      ? 'configure BFD for this link on the neighbor too, or remove bfd here'
      : 'see whether UDP to port 3784 with a TTL of 255 gets through (lasthop show bfd)',
  };
}
