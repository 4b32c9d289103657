import { median } from '../result.js';

/** Offers a rate in frames a second for one short trial; returns the part of the frames that was lost. */
export type LossAt = (rate: number) => Promise<number>;

/** The throughput under one loss criterion. */
export interface Throughput {
  /** The criterion: the largest part of the frames that may be lost. */
  readonly lossRatio: number;
  /** The highest rate that was within the criterion, and no lower one was beyond it; 0 if none was. */
  readonly rate: number;
  /** Frames a second that came through at that rate: the median of its trials (conditional throughput, RFC 9971). */
  readonly forwardedPps: number;
  /** The lowest rate beyond the criterion; undefined if even the highest was within it. */
  readonly beyond: number | undefined;
}

export interface SearchOptions {
  /** Criteria: parts of the frames that may be lost. */
  readonly lossRatios: readonly number[];
  /** The rate to begin with, for example what came through under overload. */
  readonly guess: number;
  readonly highest: number;
  /** How near two rates may be, as a part of the higher one. */
  readonly width: number;
  /** Trials of a rate; more than half of them decide. */
  readonly trials: number;
}

/** Below this part of the highest rate a search gives up. */
const LEAST_PART = 1 / 256;

/**
 * Searches the throughput for several loss criteria at once, with ideas of MLRsearch (RFC 9971): many short trials
 * instead of few long ones; a rate is beyond a criterion if more than half of its trials are, so that one disturbance
 * decides nothing; every trial counts for every criterion; rates are halved by their ratio, not by their difference.
 */
export async function searchThroughput(lossAt: LossAt, options: SearchOptions): Promise<Throughput[]> {
  const losses = new Map<number, number[]>();
  const results: Throughput[] = [];
  // The most tolerant first: its rates are where the next search begins.
  for (const lossRatio of options.lossRatios.toSorted((a, b) => b - a)) {
    for (;;) {
      const next = nextRate(bounds(losses, lossRatio, options.trials), options);
      if (next === undefined) break;
      await decide(lossAt, next, lossRatio, losses, options.trials);
    }
    results.push(throughputOf(losses, lossRatio, options.trials));
  }
  return results;
}

interface Bounds {
  readonly within: number;
  readonly beyond: number | undefined;
}

/** A rate that was within does not count above one that was beyond. */
function bounds(losses: ReadonlyMap<number, readonly number[]>, lossRatio: number, trials: number): Bounds {
  const decided = [...losses].filter(([, seen]) => verdict(seen, lossRatio, trials) !== undefined);
  const isBeyond = ([, seen]: [number, readonly number[]]) => verdict(seen, lossRatio, trials) === 'beyond';
  const rates = decided.filter(isBeyond).map(([rate]) => rate);
  const beyond = rates.length === 0 ? undefined : Math.min(...rates);
  const below = decided.map(([rate]) => rate).filter((rate) => beyond === undefined || rate < beyond);
  return { within: Math.max(0, ...below), beyond };
}

/** The next rate to decide about; undefined when the bounds are near enough. */
function nextRate({ within, beyond }: Bounds, { guess, highest, width }: SearchOptions): number | undefined {
  if (beyond === undefined) {
    if (within >= highest) return undefined;
    return Math.round(Math.min(within === 0 ? Math.max(guess, highest * LEAST_PART) : within * STRIDE, highest));
  }
  if (within === 0) return beyond < highest * LEAST_PART ? undefined : Math.round(beyond / STRIDE);
  return beyond - within <= beyond * width ? undefined : Math.round(Math.sqrt(within * beyond));
}

/** How far to look from a bound while there is no other. */
const STRIDE = 1.25;

/** Trials of one rate until they have decided. */
async function decide(
  lossAt: LossAt,
  rate: number,
  lossRatio: number,
  losses: Map<number, number[]>,
  trials: number,
): Promise<void> {
  const seen = losses.get(rate) ?? [];
  losses.set(rate, seen);
  while (verdict(seen, lossRatio, trials) === undefined) seen.push(await lossAt(rate));
}

function verdict(seen: readonly number[], lossRatio: number, trials: number): 'within' | 'beyond' | undefined {
  const beyond = seen.filter((loss) => loss > lossRatio).length;
  if (beyond * 2 > trials) return 'beyond';
  return (seen.length - beyond) * 2 >= trials ? 'within' : undefined;
}

function throughputOf(losses: ReadonlyMap<number, readonly number[]>, lossRatio: number, trials: number): Throughput {
  const { within, beyond } = bounds(losses, lossRatio, trials);
  const seen = losses.get(within) ?? [1];
  return { lossRatio, rate: within, forwardedPps: within * (1 - median(seen)), beyond };
}
