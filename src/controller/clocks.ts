/** The clocks that a controller is given beside the time of each input, which is CLOCK_MONOTONIC. */
export interface Clocks {
  /** Milliseconds since 1970 at a moment of CLOCK_MONOTONIC; whoever sets the calendar changes it. */
  calendarMs(atMs: number): number;
  /** Milliseconds since any moment, in fractions: to measure how long something takes. */
  stopwatchMs(): number;
}
