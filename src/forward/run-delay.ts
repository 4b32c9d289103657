import { closeSync, openSync, readSync } from 'node:fs';

const SPACE = 0x20;
const ZERO = 0x30;
/** Three numbers of 20 digits at most. */
const TEXT_BYTES = 64;

/**
 * How long the thread that makes it has been ready to run and has not run: the second number of `schedstat` (sched-stats of
 * the kernel's documentation). Where a kernel counts nothing of that it is 0.
 */
export class RunDelay {
  private readonly text = new Uint8Array(TEXT_BYTES);
  private readonly fd = open();

  /** Microseconds since the thread began. */
  readUs(): number {
    if (this.fd === undefined) return 0;
    const length = readSync(this.fd, this.text, 0, TEXT_BYTES, 0);
    let at = this.text.indexOf(SPACE) + 1;
    let nanoseconds = 0;
    for (; at > 0 && at < length && this.text[at] !== SPACE; at++)
      nanoseconds = nanoseconds * 10 + this.text[at] - ZERO;
    return nanoseconds / 1000;
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }
}

function open(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
}
