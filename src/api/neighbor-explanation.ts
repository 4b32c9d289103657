import { LasthopError } from '../base/errors.js';
import { formatIpv4 } from '../base/ipv4.js';
import type { Controller } from '../controller/controller.js';
import type { BfdStateName } from '../forward/messages.js';
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
  checkLink(controller, link);
  const neighbors = neighborViews(controller, nowMs).filter((neighbor) => neighbor.link === link);
  return { link, neighbors, findings: findingsOn(controller, link, neighbors, bfdSessions, nowMs) };
}

function checkLink({ config }: Controller, link: string): void {
  const known = (config?.links ?? []).map(({ name }) => name);
  if (known.includes(link)) return;
  const expected = known.length === 0 ? 'expected one, but none is configured' : `expected one of ${known.join(', ')}`;
  const problem =
    link === config?.virtualLink.name ? `${link} is the virtual link, without neighbors` : `there is no link "${link}"`;
  throw new LasthopError('BAD_PARAMS', `${problem}, ${expected}`);
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

/** The forwarder knows why, and of a link that it does not take what to do. */
function downLink({ links }: Controller, link: string, finding: Finding): Finding {
  const refusal = links.refusalOf(link);
  if (refusal !== undefined) {
    const problem = 'the link is not taken';
    return { ...finding, problem, evidence: refusal.reason, fix: refusal.hint ?? 'put that right: it is tried again' };
  }
  const state = links.states.get(link);
  if (state === undefined) return finding;
  const evidence = `${link}: ${state.reason === '' ? 'not up' : state.reason}`;
  if (state.present) return { ...finding, evidence };
  return { ...finding, evidence, fix: 'plug it in or make it, or mend its name in the configuration (ip -brief link)' };
}

/** A session that the neighbor does not take part in, or has lost. */
function isMissed({ peer, state }: View, neighbors: readonly View[]): boolean {
  const up: BfdStateName = 'up';
  return state !== up && neighbors.some(({ address }) => address === peer);
}

function missedSession({ peer, state, stateAgeSeconds, remoteState, ups }: View): Finding {
  const evidence = `the session is ${state} for ${stateAgeSeconds} s, the neighbor says ${remoteState}`;
  return { code: 'bfd', neighbor: String(peer), evidence, ...missedBecause(remoteState as BfdStateName, ups === 0) };
}

function missedBecause(remoteState: BfdStateName, neverUp: boolean): Pick<Finding, 'problem' | 'fix'> {
  if (remoteState === 'admin-down') {
    return {
      problem: 'the neighbor has switched BFD off: failures are noticed by the dead interval only',
      fix: 'switch it on again on the neighbor ("no shutdown" of the peer in FRR), or remove bfd here',
    };
  }
  if (neverUp) {
    return {
      problem: 'BFD is configured here and has not come up: failures are noticed by the dead interval only',
      fix: 'configure BFD for this link on the neighbor too, or remove bfd here',
    };
  }
  return {
    problem: 'BFD has lost the neighbor, whose Hellos still come',
    fix: 'see whether UDP to port 3784 with a TTL of 255 gets through (lasthop show bfd)',
  };
}
