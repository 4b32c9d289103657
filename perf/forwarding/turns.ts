import { LasthopError } from '../../src/base/errors.js';
import { LabProcess } from '../../src/lab/lab-process.js';
import type { LabResult } from '../../src/lab/result.js';
import type { Answers } from './comparison.js';

/** How often each make is measured unless asked otherwise. */
export const DEFAULT_PAIRS = 7;

/** Who does the work of the measured node in lasthop's place. */
export interface Peer {
  readonly name: string;
  /** Shell commands that make the node do the same work; `undo` takes all of it back. */
  readonly set: readonly string[];
  readonly undo: readonly string[];
}

/** Something measured in every turn: steps of a lab, of which those with this name answer with JSON. */
export interface Trial {
  readonly name: string;
  readonly steps: readonly object[];
}

/** A lab in which one node is lasthop for a part of each turn and then its peers, on the same links. */
export interface TurnsLab {
  readonly name: string;
  readonly nodes: { readonly [name: string]: object };
  readonly links: readonly object[];
  /** The node that changes. It is of kind `lasthop`. */
  readonly node: string;
  readonly peers: readonly Peer[];
  /** Who can reach whom when the work is done. */
  readonly reachable: { readonly from: string; readonly to: string };
  /** Steps at the beginning. */
  readonly prepare: readonly object[];
}

/** Answers of each trial by make: lasthop or a peer's name. */
export type Turns<Answer> = { readonly [trial: string]: Answers<Answer> };

/**
 * Measures every trial in `turns` turns with each make. The makes change places from turn to turn, so that what drifts on
 * the machine favors none. Throws LasthopError if a step fails.
 */
export async function measureInTurns<Answer>(
  lab: TurnsLab,
  trials: readonly Trial[],
  turns: number,
): Promise<Turns<Answer>> {
  const result = await runLab(lab.name, labText(lab, trials, orderOf([undefined, ...lab.peers], turns)));
  const answers = (trial: string, make: string): Answer[] =>
    result.steps.filter(({ name }) => name === `${make}: ${trial}`).map(({ detail }) => JSON.parse(detail) as Answer);
  return Object.fromEntries(
    trials.map(({ name }) => [
      name,
      {
        lasthop: answers(name, 'lasthop'),
        ...Object.fromEntries(lab.peers.map((peer) => [peer.name, answers(name, peer.name)])),
      },
    ]),
  );
}

/** `makes` once a turn, each turn beginning with the next one. */
export function orderOf<Make>(makes: readonly Make[], turns: number): Make[] {
  return Array.from({ length: turns * makes.length }, (_, at) => {
    const turn = Math.floor(at / makes.length);
    return makes[(at + turn) % makes.length];
  });
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

/** JSON is YAML. A lab begins with lasthop running, which stands for itself in `order` as undefined. */
function labText(lab: TurnsLab, trials: readonly Trial[], order: readonly (Peer | undefined)[]): string {
  const { node } = lab;
  const steps: object[] = [...lab.prepare];
  let former: Peer | undefined;
  for (const peer of order) {
    const make = peer?.name ?? 'lasthop';
    if (peer !== former) steps.push(leaving(node, former), taking(node, peer));
    former = peer;
    steps.push({ name: `${make} does the work`, wait: { reachable: lab.reachable } });
    steps.push(...trials.flatMap((trial) => trial.steps.map((step) => named(step, trial.name, make))));
  }
  return JSON.stringify({ name: lab.name, nodes: lab.nodes, links: lab.links, steps });
}

function leaving(node: string, former: Peer | undefined): object {
  if (former === undefined) return { name: 'lasthop stops', stop: { node } };
  return { name: `${former.name} is unset`, run: { node, command: former.undo.join(' && ') } };
}

function taking(node: string, peer: Peer | undefined): object {
  if (peer === undefined) return { name: 'lasthop starts', start: { node } };
  return { name: `${peer.name} is set`, run: { node, command: peer.set.join(' && ') } };
}

/** The step of the trial's name says whose answer it has. */
function named(step: object, trial: string, make: string): object {
  const { name } = step as { readonly name: string };
  return name === trial ? { ...step, name: `${make}: ${trial}` } : step;
}
