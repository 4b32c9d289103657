import { LabProcess } from '../lab/lab-process.js';
import { LabRegistry } from '../lab/registry.js';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.js';
import type { LabFile } from './lab.js';
import { formatLogs, formatResult, formatStep } from './lab-report.js';

/** The signals that end a command, with their numbers. */
const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Runs a lab's scenario. Without `json`, tells how it goes as it goes. Returns the exit code. */
export async function runLab(
  file: LabFile,
  options: { readonly json: boolean; readonly keep: boolean },
): Promise<number> {
  const registry = new LabRegistry();
  if (options.keep) registry.requireFree(file.name);
  if (!options.json) process.stdout.write(`${file.name} (${file.path})\n`);
  let lab: LabProcess | undefined;
  endOnSignal(() => lab);
  lab = await LabProcess.start(
    { file: file.path, text: file.text, scenario: true, bound: !options.keep },
    {
      onStep: (step) => {
        if (!options.json) process.stdout.write(formatStep(step));
      },
      onLogs: (directory, tails) => process.stderr.write(formatLogs(directory, tails)),
    },
  );
  try {
    const result = await lab.result();
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : formatResult(result));
    if (options.keep) await keepLab(lab, file, registry);
    return result.passed ? EXIT_DONE : EXIT_FAILED;
  } finally {
    if (!options.keep) await lab.end();
  }
}

/** Lets a lab go on in the background, and says how to use it. */
export async function keepLab(lab: LabProcess, file: LabFile, registry: LabRegistry): Promise<void> {
  const pid = lab.pid;
  await lab.stay(registry.socketPath(file.name));
  if (pid !== undefined) registry.add({ lab: file.name, file: file.path, pid, unprivileged: lab.unprivileged });
  process.stderr.write(`${file.name} is up; "lasthop lab down ${file.name}" removes it\n`);
}

/** A command that is interrupted takes its lab with it, also one that is not built yet: that one ends by itself. */
export function endOnSignal(current: () => LabProcess | undefined): void {
  for (const [signal, number] of Object.entries(ENDING_SIGNALS)) {
    process.once(signal, () => {
      void Promise.resolve(current()?.end()).then(() => process.exit(128 + number));
    });
  }
}
