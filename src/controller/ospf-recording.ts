import { accessSync, closeSync, constants, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LasthopError } from '../base/errors.js';
import { Journal, type JournalFile } from '../ospf/journal.js';

/** Characters of a recording, both files together, after which it ends. */
const MAX_LENGTH = 64 * 1024 * 1024;

/** Where a recording goes on to, and what to do when it is full. */
export interface RecordingOptions {
  /** Gets a folder of its own for each recording. */
  readonly directory: string;
  readonly seed: number;
  readonly startedAt: Date;
  readonly onEnd: (reason: string) => void;
}

/** Makes the directory, if need be. Throws a LasthopError with code RECORD if nothing can be written there. */
export function requireRecordingDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LasthopError('RECORD', `cannot record to ${directory}: ${reason}, expected a directory`, undefined, {
      cause: error,
    });
  }
}

/**
 * Begins to record what OSPF is told and says, in the format of the golden conversations of the tests. The files are
 * open from now on: whoever has called may give up the right to open others. A line is on its way to the disk before the
 * instance goes on, so that it is there if the process dies of it.
 */
export function beginRecording({ directory, seed, startedAt, onEnd }: RecordingOptions): Journal {
  const folder = join(directory, `ospf-${startedAt.toISOString().replace(/[:.]/g, '-')}-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'README.md'), description(startedAt), { mode: 0o600 });
  const open = (name: string) => openSync(join(folder, name), 'ax', 0o600);
  const files: { readonly [file in JournalFile]: number } = {
    input: open('input.jsonl'),
    output: open('output.jsonl'),
  };
  let length = 0;
  const end = (reason: string) => {
    length = Number.POSITIVE_INFINITY;
    for (const file of Object.values(files)) closeSync(file);
    onEnd(reason);
  };
  return new Journal(seed, (file, line) => {
    if (length === Number.POSITIVE_INFINITY) return;
    length += line.length + 1;
    if (length > MAX_LENGTH) {
      end(`it has ${MAX_LENGTH / 1024 / 1024} MiB`);
      return;
    }
    try {
      writeSync(files[file], `${line}\n`);
    } catch (error) {
      // A full disk ends the recording, not the router.
      end(error instanceof Error ? error.message : String(error));
    }
  });
}

function description(startedAt: Date): string {
  return `# OSPF of one controller, from ${startedAt.toISOString()}

input.jsonl is all that the OSPF instance was told, output.jsonl all that it said. Handed to a new instance with the same
seed, the inputs give the same outputs. Passwords and keys are not in it: packets are sealed again with others. Addresses,
router IDs and routes are.
`;
}
