import { inNamespace } from '../../src/lab/wiring.js';
import { buildProgram } from '../c-program.js';
import { SpokenProcess } from './spoken-process.js';

/** How many frames had come at a time, in nanoseconds of CLOCK_MONOTONIC. */
export interface Count {
  readonly ns: number;
  readonly frames: number;
}

/** What was seen of one trial, frame by frame (`sink.c` says how). */
export interface Inspection {
  /** Different frames. */
  readonly received: number;
  readonly duplicated: number;
  /** That came after a later one of their flow. */
  readonly reordered: number;
  /** That came faster than the sink could look at them: a trial with any says nothing. */
  readonly missed: number;
  /** `[ns, frames]`: how many took at least so long from generator to sink, in growing order. */
  readonly latency: readonly (readonly [number, number])[];
}

/** Counts and drops what arrives at a link. */
export class Sink {
  private constructor(private readonly process: SpokenProcess) {}

  /** Attaches it to a link in a network namespace. */
  static async start(namespace: string, link: string): Promise<Sink> {
    const [program, args] = inNamespace(namespace, [buildProgram('traffic/sink.c'), link]);
    const sink = new Sink(new SpokenProcess('the sink', [program, ...args]));
    await sink.process.hear();
    return sink;
  }

  async count(): Promise<Count> {
    return (await this.ask('count')) as Count;
  }

  /** Looks at the frames of a trial from now on; every `dropEvery`-th is as good as lost, for tests (0: none). */
  async inspect(trial: number, dropEvery = 0): Promise<void> {
    this.process.say(`check ${trial} ${dropEvery}`);
    await this.process.hear();
  }

  /** Waits until nothing comes any more. */
  async report(): Promise<Inspection> {
    return (await this.ask('stop')) as Inspection;
  }

  close(): void {
    this.process.close();
  }

  private async ask(question: string): Promise<unknown> {
    this.process.say(question);
    return JSON.parse(await this.process.hear());
  }
}
