import type { Traffic } from './traffic.js';
import type { Trial } from './turns.js';

/** Datagrams from the client of a lab to its server. */
export interface Datagrams {
  readonly to: string;
  readonly flows: 1 | 8 | 64;
  /** Datagrams a second, one at a time; 0 for as many as the sender has, 64 at a time. */
  readonly rate: number;
  /** What is counted, and what is left out before it: code that is not compiled yet. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Whether the time of each on its way is taken. */
  readonly stamps: boolean;
  /** Whether the sender is kept on the generator's processor: its own only if all else was put on the others. */
  readonly pinned: boolean;
}

/** UDP payload of each. */
export const PAYLOAD_BYTES = 64;
const PORT = 9000;
/** The sender goes on a little, so that the receiver's time is over first. */
const MORE_SECONDS = 0.3;

/** The trial `name`, whose answer is a `Reception`. */
export function datagramTrial(name: string, traffic: Traffic, datagrams: Datagrams): Trial {
  const { to, flows, rate, seconds, warmUpSeconds, stamps, pinned } = datagrams;
  const file = '/run/reception';
  const receive = traffic.receive(PORT, warmUpSeconds, seconds, file, stamps);
  const unpinned = traffic.send(to, PORT, flows, PAYLOAD_BYTES, warmUpSeconds + seconds + MORE_SECONDS, rate);
  const send = pinned ? traffic.onGeneratorProcessor(unpinned) : unpinned;
  return {
    name,
    steps: [
      { name: 'the receiver starts', run: { node: 'server', command: receive } },
      { name: 'the receiver listens', wait: { command: { node: 'server', run: 'ss -Hlun', output: `:${PORT}` } } },
      { name: 'the sender is done', run: { node: 'client', command: send } },
      { name: 'the receiver is done', wait: { command: { node: 'server', run: `cat ${file}`, output: 'received' } } },
      { name, run: { node: 'server', command: `cat ${file}` } },
    ],
  };
}
