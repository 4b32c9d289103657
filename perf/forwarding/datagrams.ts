import type { Stream, Traffic } from './traffic.js';
import type { Trial } from './turns.js';

/** Datagrams from the client of a lab to its server. */
export interface Datagrams extends Stream {
  readonly to: string;
  /** What is noted of them (`Traffic.receive`). */
  readonly noted: 'count' | 'steps' | 'times';
  /** Whether the sender is kept on the generator's processor: its own only if all else was put on the others. */
  readonly pinned: boolean;
}

const PORT = 9000;
/** A sender of all that goes continues a little, so that the receiver's time is over first. */
const MORE_SECONDS = 0.3;

/**
 * A stream to `to` before those that are measured, whose answer says nothing: a daemon rehearses failures in its first
 * seconds, and code is compiled.
 */
export function warmUpTrial(traffic: Traffic, to: string): Trial {
  const stream = { flows: 8, payloadBytes: 64, warmUpSeconds: 0, seconds: 4, rate: 50_000 };
  return datagramTrial('warm-up', traffic, { ...stream, to, noted: 'steps', pinned: false });
}

/** The trial `name`, whose answer is a `Count`, `Steps` or `Times`. */
export function datagramTrial(name: string, traffic: Traffic, datagrams: Datagrams): Trial {
  const { to, seconds, noted, pinned } = datagrams;
  const file = '/run/reception';
  const receive = traffic.receive(PORT, file, noted === 'count' ? { countSeconds: seconds } : noted);
  const unpinned = traffic.send(
    to,
    PORT,
    noted === 'count' ? { ...datagrams, seconds: seconds + MORE_SECONDS } : datagrams,
  );
  const send = pinned ? traffic.onGeneratorProcessor(unpinned) : unpinned;
  return {
    name,
    steps: [
      { name: 'the receiver starts', run: { node: 'server', command: receive } },
      { name: 'the receiver listens', wait: { command: { node: 'server', run: 'ss -Hlun', output: `:${PORT}` } } },
      { name: 'the sender is done', run: { node: 'client', command: send } },
      { name: 'the receiver is done', wait: { command: { node: 'server', run: `cat ${file}`, output: '{' } } },
      { name, run: { node: 'server', command: `cat ${file}` } },
    ],
  };
}
