import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const WINDOW_MS = 250;
/** Of processor time in a window, as the kernel counts it (100 a second): Hellos and ticks go on. */
const REST_TICKS = 2;
const PATIENCE_MS = 60_000;

/**
 * Returns when no other process of this isolation has work to do: what one router still does about the last change would be
 * in the figure of the next. After a minute it returns whatever they do.
 */
export async function atRest(): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let before = usedTicks(); performance.now() < deadline; ) {
    await delay(WINDOW_MS);
    const now = usedTicks();
    if (now - before <= REST_TICKS) return;
    before = now;
  }
}

/** Processor time of all processes but this one so far, in user and in system. */
function usedTicks(): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended between two looks.
    }
  }
  return ticks;
}
