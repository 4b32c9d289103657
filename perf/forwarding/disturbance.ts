import { median } from '../result.js';

/** A generator whose ceiling moves by more than this part of it in one run says that others used the machine. */
const CEILING_SPREAD = 0.25;
/** The ceiling is to be so much above what the fastest router forwards. */
const CEILING_HEADROOM = 1.05;
/** An overload offers so much more than comes through. */
const LEAST_OVERLOAD = 1.01;
/** Half of the pairs' ratios lie within this part of their median. */
const PAIR_SPREAD = 0.2;

/** The generator alone, in frames a second, at several times of a run. */
export function ceilingDisturbances(ceilings: readonly number[], fastestPps: number): string[] {
  const found: string[] = [];
  const middle = median(ceilings);
  const spread = (Math.max(...ceilings) - Math.min(...ceilings)) / middle;
  if (spread > CEILING_SPREAD) {
    found.push(`the generator's ceiling moved by ${percent(spread)}, expected at most ${percent(CEILING_SPREAD)}`);
  }
  if (middle < fastestPps * CEILING_HEADROOM) {
    found.push(`the generator's ceiling (${rate(middle)}) is no higher than what comes through (${rate(fastestPps)})`);
  }
  return found;
}

/** A router that forwards all that it is offered has not been measured, but the generator. */
export function overloadDisturbances(name: string, offeredPps: number, forwardedPps: number): string[] {
  if (offeredPps >= forwardedPps * LEAST_OVERLOAD) return [];
  return [`${name} forwards all that the generator offers it (${rate(offeredPps)})`];
}

/** The ratios of pairs that were measured in turn. */
export function spreadDisturbances(name: string, ratios: readonly number[]): string[] {
  const middle = median(ratios);
  const distances = ratios.map((ratio) => Math.abs(ratio - middle) / middle);
  const spread = median(distances);
  if (spread <= PAIR_SPREAD / 2) return [];
  return [`half of the pairs of ${name} are further than ${percent(PAIR_SPREAD / 2)} from their median`];
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function rate(pps: number): string {
  return `${Math.round(pps / 1000)} k/s`;
}
