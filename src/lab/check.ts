import { fileURLToPath } from 'node:url';
import { formatIpv4, type Ipv4 } from '../base/ipv4.js';
import { formatPrefix } from '../base/prefix.js';
import type { AskCondition, Condition, ProbeCondition } from './condition.js';
import { isRunning } from './isolation.js';
import { jsonDifference } from './json-difference.js';
import { nodeControlSocket } from './lab.js';
import { runProgram } from './program.js';
import type { Scene } from './scene.js';
import { formatLinkEnd } from './topology.js';
import { inNamespace } from './wiring.js';

/** Whether a condition is met, and what was seen. */
export interface Verdict {
  readonly met: boolean;
  readonly detail: string;
}

/** Looks once. */
export type Check = () => Promise<Verdict>;

const ECHO_PATIENCE_MS = 500;
const ICMP_ECHO = fileURLToPath(new URL('./icmp-echo.js', import.meta.url));

/** Turns a condition into a check. What counts from the beginning of a step is counted from this call. */
export function checkOf(condition: Condition, scene: Scene): Check {
  switch (condition.kind) {
    case 'adjacencies':
      return () => checkAdjacencies(condition.counts, scene);
    case 'settled':
      return async () => {
        const seconds = await scene.lab.node(condition.node).youngestLsaSeconds();
        const met = seconds !== undefined && seconds >= condition.seconds;
        return { met, detail: `the youngest LSA is ${seconds ?? 'not known'} s old` };
      };
    case 'route':
      return () => checkRoute(condition, scene);
    case 'reachable':
      return () => checkReachable(condition, scene);
    case 'probe':
      return probeCheck(condition, scene);
    case 'transfer':
      return transferCheck(condition.name, condition.moreBytes, scene);
    case 'stalled':
      return async () => {
        const { quietMs } = scene.transfer(condition.name);
        return { met: quietMs >= condition.ms, detail: `no byte arrived for ${Math.round(quietMs)} ms` };
      };
    case 'running':
      return async () => {
        const pid = scene.lab.node(condition.node).pidOf(condition.process);
        const met = pid !== undefined && isRunning(pid);
        return { met, detail: `the ${condition.process} of ${condition.node} is ${met ? 'running' : 'not running'}` };
      };
    case 'restarted':
      return async () => checkRestarted(condition.node, scene);
    case 'link':
      return async () => {
        const up = await scene.lab.wiring.isUp(condition.end);
        return { met: up === condition.up, detail: `${formatLinkEnd(condition.end)} is ${up ? 'up' : 'down'}` };
      };
    case 'captured':
      return async () => {
        const frames = scene.captured(condition.name);
        return { met: frames >= condition.least && frames <= condition.most, detail: `${frames} frames` };
      };
    case 'command':
      return () => checkCommand(condition.node, condition.run, condition.output, scene);
    case 'ask':
      return () => checkAnswer(condition, scene);
  }
}

async function checkAdjacencies(expected: ReadonlyMap<string, number>, scene: Scene): Promise<Verdict> {
  const counts = await Promise.all(
    [...expected].map(async ([node, count]) => ({ node, count, full: await scene.lab.node(node).fullAdjacencies() })),
  );
  const words = counts.map(({ node, full }) => `${node} ${full ?? 'does not answer'}`);
  return { met: counts.every(({ count, full }) => count === full), detail: `Full: ${words.join(', ')}` };
}

async function checkRoute(condition: Extract<Condition, { kind: 'route' }>, scene: Scene): Promise<Verdict> {
  const nextHops = await scene.lab.node(condition.node).route(condition.prefix);
  const name = `${condition.node}: ${formatPrefix(condition.prefix)}`;
  if (nextHops === undefined) return { met: !condition.present, detail: `${name} no route` };
  const seen = nextHops.map(formatIpv4).join(', ') || 'no neighbor';
  const met = condition.present && (condition.via === undefined || sameAddresses(condition.via, nextHops));
  return { met, detail: `${name} via ${seen}` };
}

function sameAddresses(a: readonly Ipv4[], b: readonly Ipv4[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address));
}

async function checkReachable(condition: Extract<Condition, { kind: 'reachable' }>, scene: Scene): Promise<Verdict> {
  const address = formatIpv4(condition.to);
  const command = [process.execPath, ICMP_ECHO, address, String(ECHO_PATIENCE_MS)];
  const answered = await runProgram(...inNamespace(scene.lab.wiring.namespaceOf(condition.from), command)).then(
    () => true,
    () => false,
  );
  const detail = `${address} ${answered ? 'answers' : 'does not answer'} ${condition.from}`;
  return { met: answered === condition.answered, detail };
}

function probeCheck(condition: ProbeCondition, scene: Scene): Check {
  const probe = scene.probe(condition.name);
  const before = probe.figures().answered;
  return async () => {
    const figures = probe.figures();
    const met =
      figures.answered - before >= (condition.answered ?? 0) &&
      figures.unanswered >= (condition.unanswered ?? 0) &&
      figures.lost <= (condition.maxLost ?? Number.POSITIVE_INFINITY) &&
      figures.outageMs <= (condition.maxOutageMs ?? Number.POSITIVE_INFINITY) &&
      figures.outageMs >= (condition.minOutageMs ?? 0);
    const open = figures.unanswered > 1 ? `, the last ${figures.unanswered} unanswered` : '';
    return { met, detail: `${figures.sent} sent, ${figures.lost} lost, longest outage ${figures.outageMs} ms${open}` };
  };
}

function transferCheck(name: string, moreBytes: number, scene: Scene): Check {
  const transfer = scene.transfer(name);
  const before = transfer.bytes;
  return async () => {
    const arrived = transfer.bytes - before;
    return { met: arrived >= moreBytes, detail: `${arrived} more bytes arrived` };
  };
}

function checkRestarted(node: string, scene: Scene): Verdict {
  const pid = scene.lab.node(node).pidOf('controller');
  const met = pid !== undefined && pid !== scene.killedController(node);
  return { met, detail: met ? `the controller of ${node} runs again` : `the controller of ${node} is not back` };
}

async function checkCommand(node: string, command: string, output: RegExp, scene: Scene): Promise<Verdict> {
  try {
    const text = await runInNode(scene, node, command);
    return { met: output.test(text), detail: text.trim().split('\n')[0] ?? '' };
  } catch (error) {
    return { met: false, detail: (error as Error).message };
  }
}

async function checkAnswer(condition: AskCondition, scene: Scene): Promise<Verdict> {
  try {
    const text = await scene.lab.node(condition.node).ask(condition.command);
    const problem = answerProblem(condition, text);
    return { met: problem === undefined, detail: problem ?? `${condition.node}: ${condition.command}` };
  } catch (error) {
    return { met: false, detail: (error as Error).message };
  }
}

/** What is wrong with an answer, in words. Throws SyntaxError if it had to be JSON and is not. */
function answerProblem(condition: AskCondition, text: string): string | undefined {
  const { contains, lacks, matches, matchesNot } = condition;
  if (matches !== undefined && !matches.test(text)) return `nothing matches ${matches}: ${text.trim()}`;
  if (matchesNot?.test(text)) return `something matches ${matchesNot}: ${text.trim()}`;
  if (contains === undefined && lacks === undefined) return undefined;
  const answer: unknown = JSON.parse(text);
  const difference = contains === undefined ? undefined : jsonDifference(contains, answer);
  if (difference !== undefined) return difference;
  const isThere = lacks !== undefined && jsonDifference(lacks, answer) === undefined;
  return isThere ? `${JSON.stringify(lacks)} is there` : undefined;
}

/** The labs that lasthop comes with, and their programs. */
const LABS = fileURLToPath(new URL('../../../labs', import.meta.url));

/** Runs a shell command in a node, where `lasthop show …` talks to the node's router, and $LASTHOP_LABS is the folder of labs. */
export function runInNode(scene: Scene, node: string, command: string): Promise<string> {
  const words = ['env', `LASTHOP_SOCKET=${nodeControlSocket(node)}`, `LASTHOP_LABS=${LABS}`, 'sh', '-c', command];
  return runProgram(...inNamespace(scene.lab.wiring.namespaceOf(node), words));
}
