import { z } from 'zod';
import { problemsBetween } from '../config/cross-check.js';
import { readDocument, type ValueProblem } from '../config/document.js';
import { label } from '../config/field.js';
import type { Condition } from './condition.js';
import { type Action, type Step, stepSchema } from './scenario.js';
import {
  describeLink,
  describeNode,
  formatLinkEnd,
  type LinkDescription,
  type LinkEnd,
  linkSchema,
  type NodeDescription,
  nodeSchema,
} from './topology.js';

/** A lab as its file describes it: everything checked, every default filled in. */
export interface LabDescription {
  readonly name: string;
  readonly description: string;
  readonly nodes: ReadonlyMap<string, NodeDescription>;
  readonly links: readonly LinkDescription[];
  readonly steps: readonly Step[];
  /** The configuration of each `lasthop` node as it was written. */
  readonly configs: ReadonlyMap<string, unknown>;
}

const labSchema = z.strictObject({
  name: label,
  description: z.string().default(''),
  nodes: z.record(label, nodeSchema),
  links: z.array(linkSchema).default([]),
  steps: z.array(stepSchema).default([]),
});

type LabEntry = z.infer<typeof labSchema>;

const rawSchema = z.object({ nodes: z.record(z.string(), z.object({ config: z.unknown().optional() })) });

/** Reads a lab file. Throws ConfigError with all that is wrong with it; `file` is used for messages only. */
export function readLab(file: string, text: string): LabDescription {
  const entry = readDocument(file, text, labSchema, problemsBetweenParts);
  // The schema turns addresses into numbers; a node gets its configuration as it stands in the file.
  const raw = readDocument(file, text, rawSchema);
  return {
    name: entry.name,
    description: entry.description,
    nodes: new Map(Object.entries(entry.nodes).map(([name, node]) => [name, describeNode(node)])),
    links: entry.links.map(describeLink),
    steps: entry.steps,
    configs: new Map(Object.entries(raw.nodes).map(([name, node]) => [name, node.config])),
  };
}

function problemsBetweenParts(lab: LabEntry): ValueProblem[] {
  return [...nodeProblems(lab), ...linkProblems(lab), ...stepProblems(lab)];
}

function nodeProblems(lab: LabEntry): ValueProblem[] {
  const problems: ValueProblem[] = [];
  for (const [name, node] of Object.entries(lab.nodes)) {
    const path = ['nodes', name];
    if (node.kind === 'lasthop') {
      if (node.config === undefined) problems.push({ path, message: `node ${name} has no config, expected one` });
      else {
        const nested = problemsBetween(node.config);
        problems.push(...nested.map((problem) => ({ ...problem, path: [...path, 'config', ...problem.path] })));
      }
      if (Object.keys(node.addresses).length + node.routes.length > 0) {
        const message = `node ${name} runs lasthop, expected its addresses and routes under config`;
        problems.push({ path, message });
      }
    } else if (node.config !== undefined) {
      problems.push({ path: [...path, 'config'], message: `node ${name} is of kind ${node.kind}, expected no config` });
    }
    if (node.text !== '' && node.kind !== 'frr' && node.kind !== 'bird') {
      problems.push({ path: [...path, 'text'], message: `node ${name} is of kind ${node.kind}, expected no text` });
    }
  }
  return problems;
}

function linkProblems(lab: LabEntry): ValueProblem[] {
  const problems: ValueProblem[] = [];
  const seen = new Set<string>();
  for (const [index, link] of lab.links.entries()) {
    const path = ['links', index, 'ends'];
    if (link.lan === undefined && link.ends.length !== 2) {
      problems.push({ path, message: `the link has ${link.ends.length} ends, expected 2 (a LAN has a name: lan)` });
    }
    for (const [position, end] of link.ends.entries()) {
      const text = formatLinkEnd(end);
      if (!(end.node in lab.nodes)) problems.push({ path: [...path, position], message: unknownNode(lab, end.node) });
      if (seen.has(text))
        problems.push({ path: [...path, position], message: `${text} is an end twice, expected once` });
      seen.add(text);
    }
  }
  for (const [name, node] of Object.entries(lab.nodes)) {
    for (const link of Object.keys(node.addresses)) {
      if (link === 'lo' || seen.has(`${name}:${link}`)) continue;
      problems.push({
        path: ['nodes', name, 'addresses', link],
        message: `node ${name} has no link ${link}, expected an end of a link`,
      });
    }
  }
  return problems;
}

function stepProblems(lab: LabEntry): ValueProblem[] {
  const ends = new Set(lab.links.flatMap((link) => link.ends.map(formatLinkEnd)));
  const started = new Set<string>();
  const problems: ValueProblem[] = [];
  for (const [index, { action }] of lab.steps.entries()) {
    const path = ['steps', index];
    for (const node of nodesOf(action)) {
      if (!(node in lab.nodes)) problems.push({ path, message: unknownNode(lab, node) });
    }
    for (const end of endsOf(action)) {
      if (ends.has(formatLinkEnd(end))) continue;
      problems.push({
        path,
        message: `no link ends at ${formatLinkEnd(end)}, expected one of ${[...ends].join(', ')}`,
      });
    }
    const change = changeProblem(lab, action);
    if (change !== undefined) problems.push({ path: [...path, 'configure'], message: change });
    const starts = startedBy(action);
    if (starts !== undefined) started.add(starts);
    const needs = neededBy(action);
    if (needs !== undefined && !started.has(needs)) {
      problems.push({ path, message: `there is no ${needs} yet, expected an earlier step to start it` });
    }
  }
  return problems;
}

/** A change of a node's configuration has to be in the language of its kind. */
function changeProblem(lab: LabEntry, action: Action): string | undefined {
  if (action.verb !== 'configure') return undefined;
  const kind = lab.nodes[action.node]?.kind;
  const wants = kind === 'lasthop' ? 'config' : kind === 'frr' || kind === 'bird' ? 'text' : undefined;
  if (kind === undefined || (wants !== undefined && wants in action.change)) return undefined;
  return `node ${action.node} is of kind ${kind}, expected ${wants ?? 'no change of configuration'}`;
}

function unknownNode(lab: LabEntry, node: string): string {
  return `there is no node ${node}, expected one of ${Object.keys(lab.nodes).join(', ')}`;
}

function nodesOf(action: Action): readonly string[] {
  if (action.verb === 'wait' || action.verb === 'expect') return nodesOfCondition(action.condition);
  if ('node' in action) return [action.node];
  return 'from' in action ? [action.from, action.at] : [];
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
