import { describeFailure, exitCodeOf } from './exit-code.js';
import { createProgram } from './program.js';

// A reader that has seen enough (head, less) closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const args = process.argv.slice(2);
  await (await createProgram(args)).parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = exitCodeOf(error);
  process.stderr.write(describeFailure(error, process.env.LASTHOP_DEBUG === '1'));
}
