import { setTimeout as delay } from 'node:timers/promises';
import { LasthopError } from '../base/errors.js';

/** How often a condition is looked at. */
const POLL_EVERY_MS = 50;

/** Looks at a condition until it is so. Throws LasthopError (`TIMEOUT`) if it is not within the time. */
export async function pollUntil(withinMs: number, what: string, reached: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await reached())) {
    if (performance.now() >= deadline) {
      throw new LasthopError('TIMEOUT', `waited ${withinMs / 1000} s for ${what}`);
    }
    await delay(POLL_EVERY_MS);
  }
}
