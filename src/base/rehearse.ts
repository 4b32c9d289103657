/** Something that is done for its own sake: code that has run often is compiled well when it is needed. */
export interface Play {
  /** Does the next bit, of a fraction of a millisecond but for the first few. Returns false when all is done. */
  step(): boolean;
}

/** What is needed to begin with comes first. */
const AFTER_MS = 500;
/**
 * Whatever comes in waits no longer than one slice and the step that ends it, of which only the first take some
 * milliseconds. In between there is three times as long for everything else.
 */
const SLICE_MS = 1;
const PAUSE_MS = 3;

/**
 * Plays one after the other, beside the work and within a few seconds.
 *
 * @param makers each makes a play when its turn comes
 * @param callLater calls a function once, after so many milliseconds
 */
export function rehearse(
  makers: readonly (() => Play)[],
  stopwatchMs: () => number,
  callLater: (run: () => void, afterMs: number) => void,
): void {
  const begin = (index: number) => {
    if (index === makers.length) return;
    const play = makers[index]();
    const slice = () => {
      const untilMs = stopwatchMs() + SLICE_MS;
      let goesOn = true;
      while (goesOn && stopwatchMs() < untilMs) goesOn = play.step();
      callLater(goesOn ? slice : () => begin(index + 1), PAUSE_MS);
    };
    slice();
  };
  callLater(() => begin(0), AFTER_MS);
}
