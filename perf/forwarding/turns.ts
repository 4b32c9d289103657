import { LasthopError } from '../../src/base/errors.js';
import { LabProcess } from '../../src/lab/lab-process.js';
import type { LabResult } from '../../src/lab/result.js';

/** How often either make is measured unless asked otherwise. */
export const DEFAULT_PAIRS = 7;

/** Who does the work of the measured node. */
export type Make = 'lasthop' | 'kernel';

/** Something measured in every turn: steps of a lab, of which those with this name answer with JSON. */
export interface Trial {
  readonly name: string;
  readonly steps: readonly object[];
}

/** A lab in which one node is lasthop in one turn and the bare kernel in the next, on the same links. */
export interface TurnsLab {
  readonly name: string;
  readonly nodes: { readonly [name: string]: object };
  readonly links: readonly object[];
  /** The node that changes. It is of kind `lasthop`. */
  readonly node: string;
  /** `ip` commands that make its kernel do the same work; `undo` takes all of it back. */
  readonly kernel: { readonly set: readonly string[]; readonly undo: readonly string[] };
  /** Who can reach whom when the work is done. */
  readonly reachable: { readonly from: string; readonly to: string };
  /** Steps at the beginning. */
  readonly prepare: readonly object[];
}

/** Answers of each trial by make; those with the same index were measured one after the other: a pair. */
export type Turns<Answer> = { readonly [trial: string]: { readonly [make in Make]: readonly Answer[] } };

/**
 * Measures every trial `pairs` times with either make. The makes change places from pair to pair, so that what drifts on
 * the machine favors neither. Throws LasthopError if a step fails.
 */
export async function measureInTurns<Answer>(
  lab: TurnsLab,
  trials: readonly Trial[],
  pairs: number,
): Promise<Turns<Answer>> {
  const order = Array.from({ length: pairs }, (_, pair): Make[] =>
    pair % 2 === 0 ? ['lasthop', 'kernel'] : ['kernel', 'lasthop'],
  );
  const result = await runLab(lab.name, labText(lab, trials, order.flat()));
  const answers = (trial: string, make: Make): Answer[] =>
    result.steps.filter(({ name }) => name === `${make}: ${trial}`).map(({ detail }) => JSON.parse(detail) as Answer);
  return Object.fromEntries(
    trials.map(({ name }) => [name, { lasthop: answers(name, 'lasthop'), kernel: answers(name, 'kernel') }]),
  );
}

/** Runs the scenario of a lab file to its end. Throws LasthopError (`LAB`) if a step fails. */
export async function runLab(name: string, text: string): Promise<LabResult> {
  const order = { file: name, text, scenario: true, bound: true, log: 2 };
  const lab = await LabProcess.start(order, { onStep: () => {}, onLogs: () => {} });
  try {
    const result = await lab.result();
    const failed = result.steps.find((step) => !step.passed);
    if (failed === undefined) return result;
    throw new LasthopError('LAB', `the lab of perf ${name} failed: "${failed.name}": ${failed.detail}`);
  } finally {
    await lab.end();
  }
}

/** JSON is YAML. A lab begins with lasthop running. */
function labText(lab: TurnsLab, trials: readonly Trial[], order: readonly Make[]): string {
  const steps: object[] = [...lab.prepare];
  for (const [index, make] of order.entries()) {
    const former = index === 0 ? 'lasthop' : order[index - 1];
    if (make !== former) steps.push(...(make === 'kernel' ? kernelTakesOver(lab) : lasthopTakesOver(lab)));
    steps.push({ name: `${make} does the work`, wait: { reachable: lab.reachable } });
    steps.push(...trials.flatMap((trial) => trial.steps.map((step) => named(step, trial.name, make))));
  }
  return JSON.stringify({ name: lab.name, nodes: lab.nodes, links: lab.links, steps });
}

function kernelTakesOver({ node, kernel }: TurnsLab): object[] {
  return [
    { name: 'lasthop stops', stop: { node } },
    { name: 'the kernel is set', run: { node, command: ipCommands(kernel.set) } },
  ];
}

function lasthopTakesOver({ node, kernel }: TurnsLab): object[] {
  return [
    { name: 'the kernel is unset', run: { node, command: ipCommands(kernel.undo) } },
    { name: 'lasthop starts', start: { node } },
  ];
}

function ipCommands(commands: readonly string[]): string {
  return commands.map((command) => `ip ${command}`).join(' && ');
}

/** The step of the trial's name says whose answer it has. */
function named(step: object, trial: string, make: Make): object {
  const { name } = step as { readonly name: string };
  return name === trial ? { ...step, name: `${make}: ${trial}` } : step;
}
