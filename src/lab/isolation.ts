import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { LasthopError } from '../base/errors.js';

/**
 * Isolation: new network, mount and process namespaces. Nothing that runs inside has a way out of the machine, and when
 * the first process inside ends, for whatever reason, the kernel ends all others and frees namespaces, links and mounts.
 * Inside, `/run` is an empty tmpfs (named network namespaces, sockets, logs) and the loopback link is up.
 */

/**
 * The first process inside is a shell. It refuses to go on in the network namespace it came from (`$1`), sets the inside
 * up, and waits for the command. It is not replaced by it: a first process has to wait for every orphan, and a shell
 * does, while most programs leave zombies.
 */
const FIRST_PROCESS = `
[ "$(readlink /proc/self/ns/net)" != "$1" ] || { echo "lasthop: still in the machine's own network namespace" >&2; exit 1; }
shift
mount -t tmpfs -o mode=0755 lasthop /run && mkdir -p /run/netns /run/lock && ip link set lo up || exit 1
"$@"
exit $?
`;

const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const AS_MAPPED_ROOT = ['--user', '--map-root-user'];

/** How this machine lets us isolate: arguments of unshare(1). */
export type IsolationFlags = readonly string[];

/** Finds out how to isolate; throws LasthopError (`ISOLATION`) with what the machine would have to allow. */
export function isolationFlags(): IsolationFlags {
  const root = process.getuid?.() === 0;
  const ways = root ? [NAMESPACES, [...AS_MAPPED_ROOT, ...NAMESPACES]] : [[...AS_MAPPED_ROOT, ...NAMESPACES]];
  let refusal = '';
  for (const flags of ways) {
    const { status, stderr, error } = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' });
    if (status === 0) return flags;
    refusal ||= error === undefined ? stderr.trim().split('\n').at(-1)! : error.message;
  }
  throw new LasthopError(
    'ISOLATION',
    `cannot enter private namespaces (${refusal}), expected root with CAP_SYS_ADMIN or unprivileged user namespaces`,
    'run as root, or set user.max_user_namespaces above 0 and kernel.unprivileged_userns_clone=1',
  );
}

/** True if root inside is only this user outside: devices keep the user's own permissions. */
export function isUnprivileged(flags: IsolationFlags): boolean {
  return flags.includes('--user');
}

/**
 * Starts a program in isolation. With `bound`, the kernel ends it when this process ends, even by SIGKILL; without, it
 * has a session of its own and goes on.
 */
export function spawnIsolated(
  flags: IsolationFlags,
  command: readonly string[],
  options: { readonly bound: boolean; readonly stdio: StdioOptions; readonly env?: NodeJS.ProcessEnv },
): ChildProcess {
  const binding = options.bound ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const outside = readlinkSync('/proc/self/ns/net');
  const [program, ...args] = [...binding, 'unshare', ...flags, 'sh', '-c', FIRST_PROCESS, 'sh', outside, ...command];
  return spawn(program!, args, { stdio: options.stdio, env: options.env ?? process.env, detached: !options.bound });
}

/** The process id, as seen from here, of the first process inside; undefined while there is none. */
export function insideOf(isolated: ChildProcess): number | undefined {
  if (isolated.pid === undefined) return undefined;
  return childrenOf(isolated.pid)[0];
}

/** Process ids of the children of a process; empty if there is no such process. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

/** True if the process exists and has not ended. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? 'X');
  } catch {
    return false;
  }
}
