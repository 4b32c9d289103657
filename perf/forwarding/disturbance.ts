import { median } from '../result.js';

/** A generator whose ceiling moves by more than this part of it in one run says that others used the machine. */
const CEILING_SPREAD = 0.25;
/** The ceiling is to be so much above what the fastest router forwards. */
const CEILING_HEADROOM = 1.05;
/** Half of the pairs' ratios are to be no further from their median than this part of it. */
const PAIR_SPREAD = 0.1;

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

/** The ratios of pairs that were measured in turn, and how many pairs there should be. */
export function spreadDisturbances(name: string, ratios: readonly number[], pairs: number): string[] {
  const found: string[] = [];
  if (ratios.length < pairs)
    found.push(`${name} lost too much at any rate in ${pairs - ratios.length} of ${pairs} turns`);
  if (ratios.length === 0) return found;
  const middle = median(ratios);
  const spread = median(ratios.map((ratio) => Math.abs(ratio - middle) / middle));
  if (spread > PAIR_SPREAD) {
    const expected = `expected less than ${percent(PAIR_SPREAD)}`;
    found.push(`half of the pairs of ${name} are ${percent(spread)} or more from their median, ${expected}`);
  }
  return found;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function rate(pps: number): string {
  return `${Math.round(pps / 1000)} k/s`;
}
