import { z } from 'zod';
import { problemsBetween } from '../config/cross-check.js';
import { readDocument, type ValueProblem } from '../config/document.js';
import { label } from '../config/field.js';
import { type Step, stepSchema } from './scenario.js';
import { stepProblems, unknownNode } from './step-check.js';
import {
  describeLink,
  describeNode,
  formatLinkEnd,
  type LinkDescription,
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

/** What is looked at of a lab as it is written, once it is known to be a lab. */
interface WrittenLab {
  readonly nodes: { readonly [name: string]: { readonly config?: object } };
}

/** Reads a lab file. Throws ConfigError with all that is wrong with it; `file` is used for messages only. */
export function readLab(file: string, text: string): LabDescription {
  // The schema turns addresses into numbers; a node gets its configuration as it stands in the file.
  const written = readDocument(file, text, z.unknown()) as WrittenLab;
  const configs = () => new Map(Object.entries(written.nodes).map(([name, node]) => [name, node.config]));
  const entry = readDocument(file, text, labSchema, (lab) => problemsBetweenParts(lab, configs()));
  return {
    name: entry.name,
    description: entry.description,
    nodes: new Map(Object.entries(entry.nodes).map(([name, node]) => [name, describeNode(node)])),
    links: entry.links.map(describeLink),
    steps: entry.steps,
    configs: configs(),
  };
}

function problemsBetweenParts(lab: LabEntry, configs: ReadonlyMap<string, object | undefined>): ValueProblem[] {
  const problems = [...nodeProblems(lab), ...linkProblems(lab)];
  // A change of a configuration that is wrong already would repeat what is wrong with it.
  return problems.length > 0 ? problems : stepProblems(lab.nodes, lab.links, lab.steps, configs);
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
      if (!(end.node in lab.nodes))
        problems.push({ path: [...path, position], message: unknownNode(lab.nodes, end.node) });
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
