import { spawn } from 'node:child_process';
import type { CommandProbe } from '../config/config.js';
import { firstLine, reasonOf } from './reason.js';

/** Of what a command says so much is kept; the rest is read and dropped, so that it does not block. */
const MAX_OUTPUT_LENGTH = 1024;

/**
 * Runs a program, without a shell, and looks at its exit code. It has a process group of its own, all of which is killed when
 * its time is over, and when it has ended: what it has left behind would pile up run by run.
 */
export function probeCommand({ program, args }: CommandProbe, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      if (said.length < MAX_OUTPUT_LENGTH) said += piece;
    });
    const end = (failure: string | undefined) => {
      signal.removeEventListener('abort', giveUp);
      killGroup(child.pid);
      child.stderr.destroy();
      resolve(failure);
    };
    // One that waits for a dead disk does not end even so, and is not waited for.
    const giveUp = () => end('not done in time');
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    child.once('error', (error) => end(reasonOf(error)));
    child.once('exit', (code, killedBy) => {
      if (code === 0) end(undefined);
      else
        end([code === null ? `ended by ${killedBy}` : `exit code ${code}`, firstLine(said)].filter(Boolean).join(': '));
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
