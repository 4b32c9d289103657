import type { Config } from './config.js';
import type { ValueProblem } from './document.js';

/** What cannot change while lasthop runs: neighbors, other processes or the forwarder know it under its present value. */
export function problemsWithRunning(running: Config, next: Config): ValueProblem[] {
  const fixed: [string[], string | number, string | number][] = [
    [['router-id'], running.routerId, next.routerId],
    [['workers'], running.workers, next.workers],
    [['virtual-link', 'name'], running.virtualLink.name, next.virtualLink.name],
    [['controller', 'user'], running.controller.user, next.controller.user],
    [['controller', 'hold-time'], running.controller.holdTimeSeconds, next.controller.holdTimeSeconds],
    [['state-directory'], running.stateDirectory, next.stateDirectory],
    [['control-socket'], running.controlSocket, next.controlSocket],
  ];
  return fixed
    .filter(([, before, after]) => before !== after)
    .map(([path]) => ({
      path,
      message: `${path.join('.')} differs from that of the running router, expected no change (restart to change it)`,
    }));
}
