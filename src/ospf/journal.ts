import { writeInput, writeOutput, writeSeed } from './conversation.js';
import { Disguise } from './disguise.js';
import type { OspfInput, OspfOutput } from './messages.js';

/** The two files of a conversation. */
export type JournalFile = 'input' | 'output';

/** Writes down what one instance is told and what it says, without secrets. */
export class Journal {
  private readonly disguise = new Disguise();

  /** @param seed of the random numbers of the instance, which nobody else draws from */
  constructor(
    seed: number,
    private readonly write: (file: JournalFile, line: string) => void,
  ) {
    write('input', writeSeed(seed));
  }

  /** To be called before the instance handles it: what it does not survive is in the journal too. */
  input(input: OspfInput, nowMs: number): void {
    this.write('input', writeInput(nowMs, this.disguise.input(input)));
  }

  output(output: OspfOutput, nowMs: number): void {
    this.write('output', writeOutput(nowMs, this.disguise.output(output)));
  }
}
