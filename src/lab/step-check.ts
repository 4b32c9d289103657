import { problemsBetween } from '../config/cross-check.js';
import type { ValueProblem } from '../config/document.js';
import { configSchema } from '../config/schema.js';
import { problemsOf } from '../config/schema-problem.js';
import type { Condition } from './condition.js';
import { changedConfig, type NodeProgram } from './lab-node.js';
import type { Action, Step } from './scenario.js';
import { formatLinkEnd, type LinkEnd, type LinkEntry, type NodeEntry, type NodeKind } from './topology.js';

/** The programs that a node of each kind may run. */
const PROGRAMS: { readonly [kind in NodeKind]: readonly NodeProgram[] } = {
  lasthop: ['forwarder', 'controller'],
  host: [],
  'kernel-router': [],
  frr: ['zebra', 'ospfd', 'bfdd', 'staticd'],
  bird: ['bird'],
};

type Nodes = { readonly [name: string]: NodeEntry };

/**
 * What is wrong with the steps of a lab that is in order otherwise: nodes, links and earlier steps that they name, and
 * what they ask of a node that its kind has not got. `configs` are those of its `lasthop` nodes as they are written.
 */
export function stepProblems(
  nodes: Nodes,
  links: readonly LinkEntry[],
  steps: readonly Step[],
  configs: ReadonlyMap<string, object | undefined>,
): ValueProblem[] {
  const ends = new Set(links.flatMap((link) => link.ends.map(formatLinkEnd)));
  const started = new Set<string>();
  const changing = new Map(configs);
  const problems: ValueProblem[] = [];
  for (const [index, { action }] of steps.entries()) {
    const path = ['steps', index];
    const unknown = nodesOf(action).filter((node) => !(node in nodes));
    problems.push(...unknown.map((node) => ({ path, message: unknownNode(nodes, node) })));
    const found =
      unknown.length > 0 ? [] : [...changeProblems(nodes, action, changing), ...kindProblems(nodes, action)];
    problems.push(...found.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
    for (const end of endsOf(action)) {
      if (ends.has(formatLinkEnd(end))) continue;
      problems.push({
        path,
        message: `no link ends at ${formatLinkEnd(end)}, expected one of ${[...ends].join(', ')}`,
      });
    }
    const starts = startedBy(action);
    if (starts !== undefined) started.add(starts);
    const needs = neededBy(action);
    if (needs !== undefined && !started.has(needs)) {
      problems.push({ path, message: `there is no ${needs} yet, expected an earlier step to start it` });
    }
  }
  return problems;
}

/** A change of a node's configuration has to be in the language of its kind; that of lasthop is checked as a reload does. */
function changeProblems(nodes: Nodes, action: Action, configs: Map<string, object | undefined>): ValueProblem[] {
  if (action.verb !== 'configure') return [];
  const { node, change } = action;
  const { kind } = nodes[node]!;
  const wants = kind === 'lasthop' ? 'config' : PROGRAMS[kind].length > 0 ? 'text' : undefined;
  if (wants === undefined || !(wants in change)) {
    const message = `node ${node} is of kind ${kind}, expected ${wants ?? 'no change of configuration'}`;
    return [{ path: ['configure'], message }];
  }
  if (!('config' in change)) return [];
  const config = changedConfig(configs.get(node) ?? {}, change.config);
  const problems = configProblems(config).map(({ path, message }) => {
    return { path: ['configure', 'config', ...path], message: `${message} (node ${node} after this change)` };
  });
  if (problems.length === 0) configs.set(node, config);
  return problems;
}

function configProblems(config: object): ValueProblem[] {
  const parsed = configSchema.safeParse(config);
  return parsed.success ? problemsBetween(parsed.data) : problemsOf(configSchema, config, parsed.error.issues);
}

/** What a step asks of a router that the node has not got. */
function kindProblems(nodes: Nodes, action: Action): ValueProblem[] {
  if (action.verb === 'wait' || action.verb === 'expect') {
    const { condition } = action;
    return conditionProblems(nodes, condition).map((message) => ({ path: [action.verb, condition.kind], message }));
  }
  const isAboutRouter = action.verb === 'kill' || action.verb === 'stop' || action.verb === 'start';
  const program = action.verb === 'kill' ? action.process : undefined;
  if (action.verb !== 'tell' && !isAboutRouter) return [];
  return programProblems(nodes, action.node, program).map((message) => ({ path: [action.verb], message }));
}

function conditionProblems(nodes: Nodes, condition: Condition): string[] {
  switch (condition.kind) {
    case 'adjacencies':
      return [...condition.counts].flatMap(([node, count]) => (count > 0 ? programProblems(nodes, node) : []));
    case 'settled':
      return programProblems(nodes, condition.node);
    case 'running':
      return programProblems(nodes, condition.node, condition.process);
    case 'restarted':
      return programProblems(nodes, condition.node, 'controller');
    case 'ask':
      return askProblems(nodes, condition);
    default:
      return [];
  }
}

function askProblems(nodes: Nodes, { node, command, contains, lacks }: Condition & { kind: 'ask' }): string[] {
  const problems = programProblems(nodes, node);
  if (command.trim() === '') problems.push('there is no command, expected one of the router of the node');
  const isJson = contains !== undefined || lacks !== undefined;
  if (isJson && nodes[node]?.kind === 'bird') {
    problems.push(`node ${node} runs BIRD, which does not answer in JSON, expected matches or matches-not`);
  } else if (isJson && nodes[node]?.kind === 'frr' && !/\bjson\s*$/.test(command)) {
    problems.push(`"${command}" is not answered in JSON, expected a command of FRR that ends with json`);
  } else if (isJson && nodes[node]?.kind === 'lasthop' && !/(^|\s)--json(\s|$)/.test(command)) {
    problems.push(`"${command}" is not answered in JSON, expected a command of lasthop with --json`);
  }
  return problems;
}

/** Why a node has no such program, or none at all; nothing if it has. */
function programProblems(nodes: Nodes, node: string, program?: NodeProgram): string[] {
  const { kind } = nodes[node]!;
  const programs = PROGRAMS[kind];
  if (programs.length === 0) return [`node ${node} is of kind ${kind}, expected one that runs a router`];
  if (program === undefined || programs.includes(program)) return [];
  return [`node ${node} is of kind ${kind} and runs no ${program}, expected ${programs.join(' or ')}`];
}

/** How a node is missed in messages. */
export function unknownNode(nodes: Nodes, node: string): string {
  return `there is no node ${node}, expected one of ${Object.keys(nodes).join(', ')}`;
}

function nodesOf(action: Action): readonly string[] {
  if (action.verb === 'wait' || action.verb === 'expect') return nodesOfCondition(action.condition);
  if ('node' in action) return [action.node];
  return 'from' in action ? [action.from, action.at].flat() : [];
}

function nodesOfCondition(condition: Condition): readonly string[] {
  if (condition.kind === 'adjacencies') return [...condition.counts.keys()];
  if ('node' in condition) return [condition.node];
  return 'from' in condition ? [condition.from] : [];
}

function endsOf(action: Action): readonly LinkEnd[] {
  if (action.verb === 'wait' || action.verb === 'expect') {
    return action.condition.kind === 'link' ? [action.condition.end] : [];
  }
  return 'end' in action ? [action.end] : [];
}

/** What a step starts, in words that `neededBy` uses too: `probe web`. */
function startedBy(action: Action): string | undefined {
  if (action.verb === 'start-probe') return `probe ${action.name}`;
  if (action.verb === 'start-transfer') return `transfer ${action.name}`;
  return action.verb === 'start-capture' ? `capture ${action.name}` : undefined;
}

function neededBy(action: Action): string | undefined {
  if (action.verb === 'stop-probe') return `probe ${action.name}`;
  if (action.verb === 'finish-transfer') return `transfer ${action.name}`;
  if (action.verb === 'stop-capture') return `capture ${action.name}`;
  if (action.verb !== 'wait' && action.verb !== 'expect') return undefined;
  const { condition } = action;
  if (condition.kind === 'probe') return `probe ${condition.name}`;
  if (condition.kind === 'transfer' || condition.kind === 'stalled') return `transfer ${condition.name}`;
  return condition.kind === 'captured' ? `capture ${condition.name}` : undefined;
}
