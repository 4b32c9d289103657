import { inNamespace } from '../../src/lab/wiring.js';
import { buildProgram } from '../c-program.js';
import { generatorProcessor } from '../processors.js';
import { SpokenProcess } from './spoken-process.js';

/** What to send (`generator.c` says how). */
export interface Offer {
  readonly link: string;
  readonly fromMac: string;
  readonly toMac: string;
  /** Frames a second; 0 is as fast as possible. */
  readonly rate: number;
  readonly milliseconds: number;
  readonly flows: number;
  /** Less than 65536; frames of others do not count where they are looked at. */
  readonly trial: number;
  /** Frame lengths in bytes without the frame check sequence, sent in turn. */
  readonly frameBytes: readonly number[];
}

/** What became of it. */
export interface Sent {
  /** By the rate and the time: what is missing of it was not sent. */
  readonly intended: number;
  readonly sent: number;
  /** Part of `sent`: the far end of the wire had no room. */
  readonly refused: number;
  readonly seconds: number;
}

/** Begins to send in a network namespace; returns when the first frame is about to leave. */
export async function startSending(namespace: string, offer: Offer): Promise<{ readonly end: Promise<Sent> }> {
  const words = [offer.link, offer.fromMac, offer.toMac, offer.rate, offer.milliseconds, offer.flows, offer.trial];
  const command = [buildProgram('traffic/generator.c'), ...words.map(String), offer.frameBytes.join(',')];
  const [program, args] = inNamespace(namespace, command);
  const pinned = ['taskset', '--cpu-list', String(generatorProcessor()), program, ...args];
  const generator = new SpokenProcess('the generator', pinned);
  await generator.hear();
  return { end: generator.hear().then((line) => JSON.parse(line) as Sent) };
}
