import { raise } from './adjacency.js';
import { endHelp } from './graceful-restart.js';
import type { OspfBfdSession, OspfInput } from './messages.js';
import type { Router } from './router.js';

/** The neighbor that a BFD session has lost is gone, as if nothing had been heard for RouterDeadInterval (RFC 5882 section 4.4). */
export function loseNeighbor(router: Router, session: OspfInput & { kind: 'bfd-down' }): void {
  const found = router.findInterface(session.interface);
  if (found === undefined || !found.ospfInterface.config.bfd) return;
  for (const neighbor of [...found.ospfInterface.neighbors.values()]) {
    if (neighbor.address !== session.address) continue;
    // Forwarding has ended too: a graceful restart is not one any more.
    if (neighbor.isHelped) endHelp(found.area, neighbor, 'BFD says it is down');
    raise(found.area, neighbor, 'InactivityTimer', 'BFD says it is down');
  }
}

/** Says which neighbors BFD is to watch: those that are 2-Way at least, if that has changed. */
export function tellBfd(router: Router): void {
  const sessions: OspfBfdSession[] = [];
  for (const neighbor of router.neighbors()) {
    if (!neighbor.interface.config.bfd || !neighbor.isAtLeast('2-Way')) continue;
    sessions.push({ interface: neighbor.interface.name, address: neighbor.address });
  }
  if (sameSessions(router.bfdSessions, sessions)) return;
  router.bfdSessions = sessions;
  router.outputs.push({ kind: 'bfd-sessions', sessions });
}

function sameSessions(a: readonly OspfBfdSession[], b: readonly OspfBfdSession[]): boolean {
  return (
    a.length === b.length &&
    a.every((session, index) => session.interface === b[index]?.interface && session.address === b[index].address)
  );
}
