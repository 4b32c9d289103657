import { readFileSync } from 'node:fs';
import { childrenOf } from '../src/lab/isolation.js';

/** USER_HZ, which is 100 on every architecture of Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Time on a processor, in seconds. */
export interface ProcessTime {
  readonly userSeconds: number;
  readonly systemSeconds: number;
}

/** What some processes, with all their threads and descendants, have used since they began. Ended ones count nothing. */
export function processTime(pids: readonly number[]): ProcessTime {
  let userSeconds = 0;
  let systemSeconds = 0;
  for (const pid of pids) {
    const below = processTime(childrenOf(pid));
    const own = ownTime(pid);
    userSeconds += own.userSeconds + below.userSeconds;
    systemSeconds += own.systemSeconds + below.systemSeconds;
  }
  return { userSeconds, systemSeconds };
}

function ownTime(pid: number): ProcessTime {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may have spaces and parentheses; utime and stime are the 12th and 13th fields after it (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      userSeconds: Number(fields[11]) / TICKS_PER_SECOND,
      systemSeconds: Number(fields[12]) / TICKS_PER_SECOND,
    };
  } catch {
    return { userSeconds: 0, systemSeconds: 0 };
  }
}
