/** CLOCK_MONOTONIC in milliseconds: the clock of all events, in every process of a router. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** The calendar time of a moment of CLOCK_MONOTONIC, by the calendar of now: a clock that was set later is believed. */
export function calendarTime(atMs: number): Date {
  return new Date(Date.now() - monotonicMs() + atMs);
}
