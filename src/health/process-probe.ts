import { readdir, readFile } from 'node:fs/promises';
import type { ProcessProbe } from '../config/config.js';
import { reasonOf } from './reason.js';

/** Looks for a process whose name (`comm`, of which the kernel keeps 15 bytes) is that of the check. */
export async function probeProcess({ name }: ProcessProbe): Promise<string | undefined> {
  const wanted = name.slice(0, 15);
  try {
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      // One that ends meanwhile is none.
      const comm = await readFile(`/proc/${entry}/comm`, 'utf8').catch(() => '');
      if (comm.trimEnd() === wanted) return undefined;
    }
    return `no process "${name}"`;
  } catch (error) {
    return reasonOf(error);
  }
}
