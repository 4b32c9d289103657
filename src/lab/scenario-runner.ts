import { setTimeout as delay } from 'node:timers/promises';
import { LasthopError } from '../base/errors.js';
import { type Check, checkOf, runInNode } from './check.js';
import type { NodeProgram } from './lab-node.js';
import { pollUntil } from './poll.js';
import type { LabResult, StepResult } from './result.js';
import type { Action, Step } from './scenario.js';
import type { Scene } from './scene.js';
import { formatLinkEnd } from './topology.js';

/**
 * Runs the steps in order; `onStep` hears of each as it ends. Those behind a failed one are not tried, but for an `expect`:
 * it changes nothing, so that one figure that was missed does not hide the others.
 */
export async function runScenario(
  scene: Scene,
  steps: readonly Step[],
  onStep: (result: StepResult) => void,
): Promise<LabResult> {
  const startMs = performance.now();
  const results: StepResult[] = [];
  for (const step of steps) {
    const outcome = await runStep(scene, step.action);
    const atMs = Math.round(performance.now() - startMs);
    const result = { name: step.name, passed: outcome.passed, atMs, detail: outcome.detail };
    results.push(result);
    onStep(result);
    const goesOn = result.passed || (step.action.verb === 'expect' && scene.failure === undefined);
    if (!goesOn) break;
  }
  const passed = results.length === steps.length && results.every((result) => result.passed);
  return { lab: scene.lab.description.name, passed, steps: results, probes: await scene.probeResults() };
}

type Outcome = Pick<StepResult, 'passed' | 'detail'>;

async function runStep(scene: Scene, action: Action): Promise<Outcome> {
  try {
    const outcome = await perform(scene, action);
    const { failure } = scene;
    return failure === undefined ? outcome : { passed: false, detail: failure };
  } catch (error) {
    if (error instanceof LasthopError) return { passed: false, detail: error.message };
    throw error;
  }
}

function perform(scene: Scene, action: Action): Promise<Outcome> {
  switch (action.verb) {
    case 'wait':
      return waitFor(scene, checkOf(action.condition, scene), action.withinMs);
    case 'expect':
      return expectOnce(checkOf(action.condition, scene));
    default:
      return act(scene, action).then((detail) => ({ passed: true, detail }));
  }
}

async function waitFor(scene: Scene, check: Check, withinMs: number): Promise<Outcome> {
  let detail = '';
  try {
    await pollUntil(withinMs, 'it', async () => {
      if (scene.failure !== undefined) throw new LasthopError('LAB', scene.failure);
      const verdict = await check();
      detail = verdict.detail;
      return verdict.met;
    });
    return { passed: true, detail };
  } catch (error) {
    if (!(error instanceof LasthopError) || error.code !== 'TIMEOUT') throw error;
    return { passed: false, detail: `not within ${withinMs / 1000} s: ${detail}` };
  }
}

async function expectOnce(check: Check): Promise<Outcome> {
  const { met, detail } = await check();
  return { passed: met, detail };
}

type Deed = Exclude<Action, { verb: 'wait' | 'expect' }>;

/** Does what a step says; returns the detail. */
async function act(scene: Scene, action: Deed): Promise<string> {
  const { wiring } = scene.lab;
  switch (action.verb) {
    case 'fail':
      await wiring.fail(action.end, action.mode);
      return `${formatLinkEnd(action.end)} (${action.mode})`;
    case 'restore':
      await wiring.restore(action.end);
      return formatLinkEnd(action.end);
    case 'kill':
      return kill(scene, action.node, action.process);
    case 'stop':
      await scene.lab.node(action.node).stop();
      return action.node;
    case 'start':
      await scene.lab.node(action.node).start();
      return action.node;
    case 'tell':
      return firstLines(await scene.lab.node(action.node).ask(action.command));
    case 'configure':
      await scene.lab.node(action.node).configure(action.change);
      return action.node;
    case 'run':
      return (await runInNode(scene, action.node, action.command)).trim();
    case 'pause':
      await delay(action.ms);
      return `${action.ms / 1000} s`;
    default:
      return actOnTraffic(scene, action);
  }
}

type TrafficDeed = Exclude<
  Deed,
  { verb: 'fail' | 'restore' | 'kill' | 'stop' | 'start' | 'tell' | 'configure' | 'run' | 'pause' }
>;

async function actOnTraffic(scene: Scene, action: TrafficDeed): Promise<string> {
  switch (action.verb) {
    case 'start-probe':
      await scene.startProbe(action);
      return action.name;
    case 'stop-probe': {
      const { sent, lost, outageMs } = await scene.probe(action.name).stop();
      return `${sent} sent, ${lost} lost, longest outage ${outageMs} ms`;
    }
    case 'start-transfer':
      await scene.startTransfer(action);
      return `${action.name}, ${action.direction}, ${action.megabitPerSecond} Mbit/s`;
    case 'finish-transfer': {
      const { bytes, sha256 } = await scene.transfer(action.name).finish(action.withinMs);
      return `${bytes} bytes arrived whole, SHA-256 ${sha256.slice(0, 16)}…`;
    }
    case 'start-capture':
      await scene.startCapture(action.name, action.end, action.filter);
      return `${action.name} on ${formatLinkEnd(action.end)}`;
    case 'stop-capture':
      return `${await scene.stopCapture(action.name)} frames`;
  }
}

async function kill(scene: Scene, node: string, program: NodeProgram | undefined): Promise<string> {
  if (program === 'controller') return `controller of ${node}, process ${await scene.killController(node)}`;
  const pid = program === undefined ? undefined : scene.lab.node(node).pidOf(program);
  await scene.lab.node(node).kill(program);
  return program === undefined ? `all of ${node}` : `${program} of ${node}, process ${pid}`;
}

/** Answers of daemons can be long. */
function firstLines(text: string): string {
  return text.trim().split('\n').slice(0, 4).join(' / ');
}
