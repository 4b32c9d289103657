import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Which processors do what: the generator has the first, routers and everything else the rest, so that a router never
 * waits for who loads it. With one processor they have to share.
 */
export function generatorProcessor(): number {
  return allowed()[0]!;
}

export function routerProcessors(): number[] {
  const [first, ...rest] = allowed();
  return rest.length > 0 ? rest : [first!];
}

/** Leaves the first processor to a generator: this process and all that it starts from now on have the rest. */
export function leaveGeneratorProcessor(): void {
  const processors = routerProcessors().join(',');
  const set = ['--all-tasks', '--cpu-list', '--pid', processors, String(process.pid)];
  execFileSync('taskset', set, { stdio: 'ignore' });
}

/** The processors that the first process of this machine's session may use, whatever this one has been given. */
let known: readonly number[] | undefined;

function allowed(): readonly number[] {
  const handed = process.env.LASTHOP_PERF_PROCESSORS;
  known ??= handed === undefined ? ownList() : handed.split(',').map(Number);
  process.env.LASTHOP_PERF_PROCESSORS = known.join(',');
  return known;
}

/** `Cpus_allowed_list` of proc_pid_status(5), such as `0-3,8`. */
function ownList(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const ranges = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '0';
  return ranges.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
