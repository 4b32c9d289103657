import { z } from 'zod';
import type { Ipv4 } from '../base/ipv4.js';
import type { Prefix } from '../base/prefix.js';
import { choice, flag, hostAddress, integer, label, prefix, textField } from '../config/field.js';
import { NODE_PROGRAMS, type NodeProgram } from './lab-node.js';
import { type LinkEnd, linkEnd } from './topology.js';

/** Something that is or is not so at a moment: `wait` asks until it is, `expect` asks once. */
export type Condition =
  /** As many OSPF neighbors of the node are Full, by its own account. */
  | { readonly kind: 'adjacencies'; readonly counts: ReadonlyMap<string, number> }
  /** No LSA in the node's database is younger: nobody has had anything new to say for about so long. */
  | { readonly kind: 'settled'; readonly node: string; readonly seconds: number }
  /** The node has a route for exactly this prefix; with `via`, through exactly these neighbors. */
  | {
      readonly kind: 'route';
      readonly node: string;
      readonly prefix: Prefix;
      readonly via: readonly Ipv4[] | undefined;
      readonly present: boolean;
    }
  /** An ICMP echo request from the node is answered. */
  | { readonly kind: 'reachable'; readonly from: string; readonly to: Ipv4; readonly answered: boolean }
  | ProbeCondition
  /** So many more bytes have arrived since the step began, or none for so long. */
  | { readonly kind: 'transfer'; readonly name: string; readonly moreBytes: number }
  | { readonly kind: 'stalled'; readonly name: string; readonly ms: number }
  | { readonly kind: 'running'; readonly node: string; readonly process: NodeProgram }
  /** The controller is another process than when the step `kill` ended the last one. */
  | { readonly kind: 'restarted'; readonly node: string }
  /** The kernel's view: administratively up and with carrier. */
  | { readonly kind: 'link'; readonly end: LinkEnd; readonly up: boolean }
  | { readonly kind: 'captured'; readonly name: string; readonly least: number; readonly most: number }
  /** The command ends with 0 and its output matches. */
  | { readonly kind: 'command'; readonly node: string; readonly run: string; readonly output: RegExp }
  | AskCondition;

/** What the node's router answers to a command of its own (`lasthop`, `vtysh`, `birdc`); all that is given holds. */
export interface AskCondition {
  readonly kind: 'ask';
  readonly node: string;
  readonly command: string;
  /** The answer is JSON with this in it, or without (`jsonDifference`); undefined asks for nothing. */
  readonly contains: unknown;
  readonly lacks: unknown;
  readonly matches: RegExp | undefined;
  readonly matchesNot: RegExp | undefined;
}

export interface ProbeCondition {
  readonly kind: 'probe';
  readonly name: string;
  /** More answers since the step began. */
  readonly answered: number | undefined;
  /** Probes in a row, up to now, without an answer. */
  readonly unanswered: number | undefined;
  readonly maxLost: number | undefined;
  readonly maxOutageMs: number | undefined;
  readonly minOutageMs: number | undefined;
}

export const nodeProgram = choice<NodeProgram>(NODE_PROGRAMS);

const count = integer(0, 1_000_000_000);
const pattern = textField('a regular expression', (text) => {
  try {
    return new RegExp(text, 'm');
  } catch {
    return undefined;
  }
});

const fields = {
  adjacencies: z.record(z.string(), count).optional(),
  settled: z.strictObject({ node: label, seconds: count }).optional(),
  route: z.strictObject({ node: label, prefix, via: z.array(hostAddress).optional() }).optional(),
  'no-route': z.strictObject({ node: label, prefix }).optional(),
  reachable: z.strictObject({ from: label, to: hostAddress }).optional(),
  unreachable: z.strictObject({ from: label, to: hostAddress }).optional(),
  probe: z
    .strictObject({
      name: label,
      answered: count.optional(),
      unanswered: count.optional(),
      'max-lost': count.optional(),
      'max-outage-ms': count.optional(),
      'min-outage-ms': count.optional(),
    })
    .optional(),
  transfer: z.strictObject({ name: label, 'more-bytes': count }).optional(),
  stalled: z.strictObject({ name: label, ms: count }).optional(),
  running: z.strictObject({ node: label, process: nodeProgram }).optional(),
  restarted: z.strictObject({ node: label }).optional(),
  link: z.strictObject({ end: linkEnd, up: flag }).optional(),
  captured: z.strictObject({ name: label, 'at-least': count.optional(), 'at-most': count.optional() }).optional(),
  command: z.strictObject({ node: label, run: z.string(), output: pattern }).optional(),
  ask: z
    .strictObject({
      node: label,
      command: z.string(),
      contains: z.unknown().optional(),
      lacks: z.unknown().optional(),
      matches: pattern.optional(),
      'matches-not': pattern.optional(),
    })
    .optional(),
};

const KINDS = Object.keys(fields);

export const conditionSchema = z.strictObject(fields).transform((entry, context): Condition => {
  const condition = Object.values(entry).filter((value) => value !== undefined).length === 1 ? read(entry) : undefined;
  if (condition !== undefined) return condition;
  // A misspelled kind has been found already.
  if (context.issues.length > 0) return z.NEVER;
  context.issues.push({ code: 'custom', message: `exactly one of ${KINDS.join(', ')}`, input: entry });
  return z.NEVER;
});

type Entry = z.infer<z.ZodObject<typeof fields>>;

function read(entry: Entry): Condition | undefined {
  return readRouting(entry) ?? readTraffic(entry) ?? readNode(entry);
}

function readRouting(entry: Entry): Condition | undefined {
  if (entry.adjacencies) return { kind: 'adjacencies', counts: new Map(Object.entries(entry.adjacencies)) };
  if (entry.settled) return { kind: 'settled', ...entry.settled };
  if (entry.route) {
    const { node, prefix, via } = entry.route;
    return { kind: 'route', node, prefix, via, present: true };
  }
  if (entry['no-route']) return { kind: 'route', ...entry['no-route'], via: undefined, present: false };
  if (entry.reachable) return { kind: 'reachable', ...entry.reachable, answered: true };
  if (entry.unreachable) return { kind: 'reachable', ...entry.unreachable, answered: false };
  return undefined;
}

function readTraffic(entry: Entry): Condition | undefined {
  if (entry.probe) {
    return {
      kind: 'probe',
      name: entry.probe.name,
      answered: entry.probe.answered,
      unanswered: entry.probe.unanswered,
      maxLost: entry.probe['max-lost'],
      maxOutageMs: entry.probe['max-outage-ms'],
      minOutageMs: entry.probe['min-outage-ms'],
    };
  }
  if (entry.transfer) return { kind: 'transfer', name: entry.transfer.name, moreBytes: entry.transfer['more-bytes'] };
  if (entry.stalled) return { kind: 'stalled', ...entry.stalled };
  if (entry.captured) {
    const { name, 'at-least': least = 0, 'at-most': most = Number.POSITIVE_INFINITY } = entry.captured;
    return { kind: 'captured', name, least, most };
  }
  return undefined;
}

function readNode(entry: Entry): Condition | undefined {
  if (entry.running) return { kind: 'running', ...entry.running };
  if (entry.restarted) return { kind: 'restarted', ...entry.restarted };
  if (entry.link) return { kind: 'link', ...entry.link };
  if (entry.command) return { kind: 'command', ...entry.command };
  if (entry.ask) {
    const { node, command, contains, lacks, matches, 'matches-not': matchesNot } = entry.ask;
    return { kind: 'ask', node, command, contains, lacks, matches, matchesNot };
  }
  return undefined;
}
