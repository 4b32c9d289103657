import { median } from '../result.js';
import type { Make } from './turns.js';

/** What pairs of answers come to. A ratio is lasthop's figure divided by the kernel's of the same pair. */
export interface Comparison {
  readonly lasthop: number;
  readonly kernel: number;
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly ratios: readonly number[];
}

/** Medians over the pairs, to three decimals. */
export function compare<Answer>(
  answers: { readonly [make in Make]: readonly Answer[] },
  figureOf: (answer: Answer) => number,
): Comparison {
  const lasthop = answers.lasthop.map((answer) => figureOf(answer));
  const kernel = answers.kernel.map((answer) => figureOf(answer));
  const ratios = lasthop.map((figure, pair) => figure / kernel[pair]);
  return {
    lasthop: toThousandths(median(lasthop)),
    kernel: toThousandths(median(kernel)),
    ratio: toThousandths(median(ratios)),
    lowestRatio: toThousandths(Math.min(...ratios)),
    highestRatio: toThousandths(Math.max(...ratios)),
    ratios,
  };
}

function toThousandths(figure: number): number {
  return Math.round(figure * 1000) / 1000;
}
