import { type LabListener, LabProcess } from '../lab/lab-process.js';
import { LabRegistry } from '../lab/registry.js';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.js';
import type { LabFile } from './lab.js';
import { formatLogs, formatResult, formatStep } from './lab-report.js';

/** The signals that end a command, with their numbers. */
const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
const STDERR = 2;

/** Runs a lab's scenario. Without `json`, tells how it goes as it goes. Returns the exit code. */
export function runLab(file: LabFile, options: { readonly json: boolean; readonly keep: boolean }): Promise<number> {
  if (!options.json) process.stdout.write(`${file.name} (${file.path})\n`);
  const listener: LabListener = {
    onStep: (step) => {
      if (!options.json) process.stdout.write(formatStep(step));
    },
    onLogs: (directory, tails) => process.stderr.write(formatLogs(directory, tails)),
  };
  return useLab(file, { scenario: true, keep: options.keep }, listener, async (lab) => {
    const result = await lab.result();
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : formatResult(result));
    return result.passed ? EXIT_DONE : EXIT_FAILED;
  });
}

/**
 * Builds a lab and uses it. Then it is left up with `keep`, and ended without. A command that is interrupted, or fails,
 * takes its lab with it.
 */
export async function useLab<T>(
  file: LabFile,
  options: { readonly scenario: boolean; readonly keep: boolean },
  listener: LabListener,
  use: (lab: LabProcess) => Promise<T>,
): Promise<T> {
  const registry = new LabRegistry();
  if (options.keep) registry.requireFree(file.name);
  let lab: LabProcess | undefined;
  let kept = false;
  const end = async () => {
    if (kept) return;
    await lab?.end();
    if (options.keep) registry.forget(file.name);
  };
  endOnSignal(end);
  try {
    // A lab that stays up must not keep the terminal.
    const log = options.keep ? registry.openLog(file.name) : STDERR;
    const order = { file: file.path, text: file.text, scenario: options.scenario, bound: !options.keep, log };
    lab = await LabProcess.start(order, listener);
    const value = await use(lab);
    if (options.keep) await keepLab(lab, file, registry);
    kept = options.keep;
    return value;
  } finally {
    await end();
  }
}

/** Lets a lab go on in the background, and says how to end it. */
async function keepLab(lab: LabProcess, file: LabFile, registry: LabRegistry): Promise<void> {
  const pid = lab.pid;
  await lab.stay(registry.socketPath(file.name));
  if (pid !== undefined) registry.add({ lab: file.name, file: file.path, pid, unprivileged: lab.unprivileged });
  process.stderr.write(`${file.name} is up; "lasthop lab down ${file.name}" removes it\n`);
}

function endOnSignal(end: () => Promise<void>): void {
  for (const [signal, number] of Object.entries(ENDING_SIGNALS)) {
    process.once(signal, () => {
      void end().then(() => process.exit(128 + number));
    });
  }
}
