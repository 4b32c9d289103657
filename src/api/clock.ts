/** CLOCK_MONOTONIC in milliseconds: the clock of all events, in every process of a router. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** A clock that is this far from where it should be was set. Less is its slewing, and that it counts whole milliseconds. */
const CLOCK_WAS_SET_MS = 20;

/** From CLOCK_MONOTONIC to the calendar, finer than a millisecond. */
let offsetMs = performance.timeOrigin + performance.now() - monotonicMs();

/**
 * The calendar time of a moment of CLOCK_MONOTONIC, the same one each time that it is asked for. A clock that was set later
 * is believed.
 */
export function calendarTime(atMs: number): Date {
  // A process that is interrupted between its looks at the two clocks takes the offset for too small.
  const seenMs = Math.max(lookAtOffset(), lookAtOffset());
  if (Math.abs(seenMs - offsetMs) > CLOCK_WAS_SET_MS) offsetMs = seenMs;
  return new Date(Math.floor(offsetMs + atMs));
}

function lookAtOffset(): number {
  return Date.now() - monotonicMs();
}
