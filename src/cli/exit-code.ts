import { CommanderError } from 'commander';
import { LasthopError } from '../base/errors.js';

/** Exit codes of every command. */
export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_NOT_RUNNING = 3;

/** The exit code for what a command threw. Help and version are thrown too, and are no failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
  if (!(error instanceof LasthopError)) return EXIT_FAILED;
  if (error.code === 'USAGE') return EXIT_USAGE;
  // It may have stopped before the command came, or meanwhile.
  return error.code === 'NOT_RUNNING' || error.code === 'CONNECTION_LOST' ? EXIT_NOT_RUNNING : EXIT_FAILED;
}

/** What to tell the user about it: never a stack trace, unless LASTHOP_DEBUG=1 asks for one. Empty: it was told. */
export function describeFailure(error: unknown, debug: boolean): string {
  if (error instanceof CommanderError) return '';
  if (!(error instanceof Error)) return `lasthop: ${String(error)}\n`;
  const hint = error instanceof LasthopError && error.hint !== undefined ? `\nlasthop: ${error.hint}` : '';
  const stack = debug ? `\n${error.stack ?? ''}` : '';
  // Problems of a file begin with its name, as compilers print them.
  const prefix = error instanceof LasthopError && error.code === 'CONFIG' ? '' : 'lasthop: ';
  return `${prefix}${error.message}${hint}${stack}\n`;
}
