import { Rehearsal } from '../ospf/rehearsal.js';

/** The first adjacencies come first. */
const AFTER_MS = 500;
/**
 * Whatever comes in waits no longer than one slice and the calculation that ends it, of which only the first takes some
 * milliseconds. In between there is three times as long for everything else.
 */
const SLICE_MS = 1;
const PAUSE_MS = 3;

/**
 * Has calculations of routes compiled before they are needed, beside the work and within a few seconds.
 *
 * @param callLater calls a function once, after so many milliseconds
 */
export function rehearse(stopwatchMs: () => number, callLater: (run: () => void, afterMs: number) => void): void {
  const begin = () => {
    const rehearsal = new Rehearsal();
    const slice = () => {
      const untilMs = stopwatchMs() + SLICE_MS;
      let goesOn = true;
      while (goesOn && stopwatchMs() < untilMs) goesOn = rehearsal.step();
      if (goesOn) callLater(slice, PAUSE_MS);
    };
    slice();
  };
  callLater(begin, AFTER_MS);
}
