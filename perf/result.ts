import { cpus, release, totalmem } from 'node:os';

/** What `lasthop perf NAME --json` ends with (one JSON object). */
export interface PerfResult {
  readonly name: string;
  readonly machine: Machine;
  /** Measured runs behind each figure; a figure is their median unless its name says otherwise. */
  readonly runs: number;
  /** Figures with their unit in the name, and in words what they were measured on. */
  readonly figures: { readonly [name: string]: number | string };
  /** Medians of pairs measured in turn in one run, ours divided by the peer's: above 1 is better. */
  readonly ratios: { readonly [name: string]: number };
  /** Single measurements behind figures of the same names, in their order. */
  readonly samples?: { readonly [name: string]: readonly number[] };
  /** All of something, by size: pairs of a least value and how many had it or more, up to the next one, in growing order. */
  readonly histograms?: { readonly [name: string]: readonly (readonly [number, number])[] };
  /** Why the figures are not to be trusted, a line each: the machine was disturbed. With any, the command fails. */
  readonly disturbances?: readonly string[];
}

/** What a figure was measured on; without it no figure says anything. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  /** When the measurement began, ISO 8601. */
  readonly date: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    v8: process.versions.v8,
    date: new Date().toISOString(),
  };
}

/** The median of one or more figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
