import { cpus } from 'node:os';
import { buildProgram } from '../c-program.js';
import { SpokenProcess } from '../traffic/spoken-process.js';

/** A processor that did not run what was above all others: nanoseconds of CLOCK_MONOTONIC. */
export type Gap = readonly [processor: number, fromNs: number, untilNs: number];

/** Looks for the times in which the whole machine stood still, as a virtual one does while its host lets it wait. */
export class StandstillWatch {
  private readonly process = new SpokenProcess('the standstill watch', [buildProgram('convergence/standstill.c')]);

  close(): void {
    this.process.close();
  }

  /** How long each standstill before the close was, in milliseconds. Throws LasthopError (`PERF`) without CAP_SYS_NICE. */
  async found(): Promise<number[]> {
    return standstills(JSON.parse(await this.process.hear()) as Gap[], cpus().length);
  }
}

/** The times, in milliseconds, in which none of so many processors ran. A processor's gaps do not overlap. */
export function standstills(gaps: readonly Gap[], processors: number): number[] {
  const edges = gaps
    .flatMap(([, from, until]) => [
      { ns: from, change: 1 },
      { ns: until, change: -1 },
    ])
    .sort((a, b) => a.ns - b.ns || a.change - b.change);
  const found: number[] = [];
  let standing = 0;
  let sinceNs = 0;
  for (const { ns, change } of edges) {
    if (standing === processors) found.push((ns - sinceNs) / 1e6);
    standing += change;
    sinceNs = ns;
  }
  return found;
}
