import { z } from 'zod';
import type { BfdSettings } from './config.js';
import { DEFAULTS } from './defaults.js';
import { flag, integer } from './field.js';

const interval = integer(10, 60_000, 'milliseconds');

/** `true` for the default timers, or a mapping with the ones that differ. `interval` is both of what it stands for. */
export const bfd = z
  .union([
    flag,
    z.strictObject({
      interval: interval.default(DEFAULTS.bfdIntervalMs),
      'min-tx': interval.optional(),
      'min-rx': interval.optional(),
      multiplier: integer(1, 255).default(DEFAULTS.bfdMultiplier),
    }),
  ])
  .transform((value): BfdSettings | undefined => {
    if (value === false) return undefined;
    const { bfdIntervalMs, bfdMultiplier } = DEFAULTS;
    if (value === true) return { minTxMs: bfdIntervalMs, minRxMs: bfdIntervalMs, multiplier: bfdMultiplier };
    return {
      minTxMs: value['min-tx'] ?? value.interval,
      minRxMs: value['min-rx'] ?? value.interval,
      multiplier: value.multiplier,
    };
  });
