import { fileURLToPath } from 'node:url';
import { LasthopError } from '../src/base/errors.js';
import { isolationFlags, spawnIsolated } from '../src/lab/isolation.js';
import { routerProcessors } from './processors.js';

/** What the process inside says: its answer, or why there is none. */
type FromInside =
  | { readonly answer: unknown }
  | { readonly code: string; readonly message: string; readonly hint: string | undefined };

/**
 * Runs a program (a module that calls `answerIsolated`) in private namespaces without a way out, on the processors of
 * routers, and returns its answer. What it starts ends with it. Throws the LasthopError that it throws.
 */
export function runIsolated<Answer>(module: URL, request: unknown): Promise<Answer> {
  const command = [process.execPath, fileURLToPath(module)];
  const processors = routerProcessors();
  const inside = spawnIsolated(isolationFlags(), ['taskset', '--cpu-list', processors.join(','), ...command], {
    bound: true,
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  return new Promise((resolve, reject) => {
    inside.on('message', (said: FromInside) => {
      if ('answer' in said) resolve(said.answer as Answer);
      else reject(new LasthopError(said.code, said.message, said.hint));
    });
    inside.once('error', (error) => reject(new LasthopError('ISOLATION', `cannot start a process: ${error.message}`)));
    inside.once('exit', (code, signal) =>
      reject(new LasthopError('PERF', `the measuring process ended early (${signal ?? `exit code ${code}`})`)),
    );
    inside.send(request as object);
  });
}

/** The other half: answers the request of `runIsolated` and ends the process. */
export function answerIsolated<Request>(work: (request: Request) => Promise<unknown>): void {
  process.once('message', (request: Request) => {
    work(request).then(
      (answer) => tell({ answer }),
      (error: Error) => {
        const known = error instanceof LasthopError;
        const hint = known ? error.hint : error.stack;
        tell({ code: known ? error.code : 'PERF', message: error.message, hint });
      },
    );
  });
}

function tell(said: FromInside): void {
  process.send?.(said, () => process.exit());
}
