import { median } from '../result.js';
import { spreadDisturbances } from './disturbance.js';

/** What pairs of answers come to. A ratio is lasthop's figure divided by the peer's of the same turn. */
export interface Comparison {
  readonly lasthop: number;
  readonly peer: number;
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly ratios: readonly number[];
}

/** Answers by make; those with the same index are of one turn. */
export interface Answers<Answer> {
  readonly lasthop: readonly Answer[];
  readonly [peer: string]: readonly Answer[];
}

/** How a comparison is called: `figure` before the unit in names of figures, `ratio` behind the peer in names of ratios. */
export interface ComparisonName {
  readonly figure: string;
  readonly ratio: string;
  readonly unit: string;
}

/** Figures and ratios of lasthop and all its peers, of which the first is the one that the extremes are told of. */
export function describeComparison<Answer>(
  answers: Answers<Answer>,
  figureOf: (answer: Answer) => number,
  name: ComparisonName,
): {
  readonly figures: { readonly [name: string]: number };
  readonly ratios: { readonly [name: string]: number };
  readonly disturbances: readonly string[];
} {
  const { lasthop, ...peers } = answers;
  const figures: { [name: string]: number } = {};
  const ratios: { [name: string]: number } = {};
  const disturbances: string[] = [];
  for (const [peer, theirs] of Object.entries(peers)) {
    const comparison = compare(lasthop.map(figureOf), theirs.map(figureOf));
    if (Object.keys(ratios).length === 0) {
      figures[`lasthop${name.figure}${name.unit}`] = comparison.lasthop;
      figures[`lowestRatio${name.figure}`] = comparison.lowestRatio;
      figures[`highestRatio${name.figure}`] = comparison.highestRatio;
    }
    figures[`${peer}${name.figure}${name.unit}`] = comparison.peer;
    ratios[`${peer}${name.ratio}`] = comparison.ratio;
    disturbances.push(...spreadDisturbances(`${peer}${name.ratio}`, comparison.ratios, theirs.length));
  }
  return { figures, ratios, disturbances };
}

/** Medians over the turns, to three decimals. */
export function compare(lasthop: readonly number[], peer: readonly number[]): Comparison {
  const ratios = lasthop.map((figure, turn) => figure / peer[turn]);
  return {
    lasthop: toThousandths(median(lasthop)),
    peer: toThousandths(median(peer)),
    ratio: toThousandths(median(ratios)),
    lowestRatio: toThousandths(Math.min(...ratios)),
    highestRatio: toThousandths(Math.max(...ratios)),
    ratios,
  };
}

function toThousandths(figure: number): number {
  return Math.round(figure * 1000) / 1000;
}
