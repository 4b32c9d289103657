import type { Inspection } from './sink.js';

/** Nanoseconds within which this part of the frames arrived, to the step of the sink's list; NaN if none arrived. */
export function latencyQuantile(latency: Inspection['latency'], part: number): number {
  const frames = latency.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil(frames * part);
  for (const [ns, count] of latency) {
    left -= count;
    if (left <= 0) return ns;
  }
  return Number.NaN;
}
