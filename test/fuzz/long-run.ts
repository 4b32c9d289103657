import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FuzzProgress } from './long-run-worker.js';
import { fuzzTargets } from './targets.js';

// Program: gives every decoder as many damaged packets as it is told, one decoder after the other, each in a process of
// its own. It ends with 1 if one of them throws, hangs, or needs more and more memory. The seed is printed: it makes the
// same packets again.

const WORKER = fileURLToPath(new URL('./long-run-worker.js', import.meta.url));
/** Packets take microseconds, and progress is told of after each hundred thousand. */
const HANG_MS = 60_000;
const HEAP_LIMIT_BYTES = 256 << 20;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 0x7fffffff) },
    only: { type: 'string', default: '' },
  },
});

const targets = fuzzTargets.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()));
process.stdout.write(`${values.count} packets for each of ${targets.length} decoders, seed ${values.seed}\n`);
const peaks: number[] = [];
for (const { name } of targets) {
  const last = await runTarget(name);
  if (last === undefined) process.exitCode = 1;
  else peaks.push(last.peakHeapBytes);
}
process.stdout.write(`largest heap ${mebibytes(Math.max(...peaks))}\n`);

/** Returns the last progress, or undefined if the decoder failed. */
async function runTarget(name: string): Promise<FuzzProgress | undefined> {
  const worker = fork(WORKER, [name, values.count, values.seed]);
  let last: FuzzProgress | undefined;
  const problem = await watch(worker, (progress) => {
    last = progress;
  });
  if (problem !== undefined || last === undefined) {
    process.stdout.write(`${name}: ${problem} after ${last?.packets ?? 0} packets\n`);
    return undefined;
  }
  const { packets, accepted, elapsedMs, peakHeapBytes } = last;
  const share = `${((100 * accepted) / packets).toFixed(1)} % accepted`;
  const pace = `${Math.round(packets / elapsedMs)} thousand packets/s`;
  process.stdout.write(`${name}: ${packets} packets, ${share}, ${pace}, heap at most ${mebibytes(peakHeapBytes)}\n`);
  return last;
}

/** Resolves when the worker has ended: with what is wrong, or undefined. */
function watch(worker: ChildProcess, onProgress: (progress: FuzzProgress) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    let problem: string | undefined;
    const give = (reason: string) => {
      problem ??= reason;
      worker.kill('SIGKILL');
    };
    let alarm = setTimeout(() => give('it hangs'), HANG_MS);
    worker.on('message', (progress: FuzzProgress) => {
      clearTimeout(alarm);
      alarm = setTimeout(() => give('it hangs'), HANG_MS);
      if (progress.peakHeapBytes > HEAP_LIMIT_BYTES) give(`a heap of ${mebibytes(progress.peakHeapBytes)}`);
      onProgress(progress);
    });
    worker.once('exit', (code) => {
      clearTimeout(alarm);
      resolve(problem ?? (code === 0 ? undefined : 'it failed'));
    });
  });
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(0)} MiB`;
}
