import { z } from 'zod';
import type { Ipv4 } from '../base/ipv4.js';
import { choice, field, hostAddress, integer, label } from '../config/field.js';
import { type Condition, conditionSchema, nodeProgram } from './condition.js';
import type { NodeChange, NodeProgram } from './lab-node.js';
import { type LinkEnd, linkEnd } from './topology.js';

/** What happens in a lab, step by step. A step that fails ends the scenario. */
export interface Step {
  readonly name: string;
  readonly action: Action;
}

/**
 * `carrier`: the other end loses carrier. In the others carrier stays and frames vanish: `silent` in both directions,
 * `deaf` those to the node, `mute` those from it.
 */
export type FailureMode = 'carrier' | 'silent' | 'deaf' | 'mute';
export const FAILURE_MODES: readonly FailureMode[] = ['carrier', 'silent', 'deaf', 'mute'];

export type Action =
  | { readonly verb: 'wait'; readonly condition: Condition; readonly withinMs: number }
  | { readonly verb: 'expect'; readonly condition: Condition }
  | { readonly verb: 'fail'; readonly end: LinkEnd; readonly mode: FailureMode }
  | { readonly verb: 'restore'; readonly end: LinkEnd }
  | { readonly verb: 'kill'; readonly node: string; readonly process: NodeProgram | undefined }
  | { readonly verb: 'stop'; readonly node: string }
  | { readonly verb: 'start'; readonly node: string }
  | { readonly verb: 'tell'; readonly node: string; readonly command: string }
  | { readonly verb: 'configure'; readonly node: string; readonly change: NodeChange }
  | ({ readonly verb: 'start-probe' } & ProbeDescription)
  | { readonly verb: 'stop-probe'; readonly name: string }
  | ({ readonly verb: 'start-transfer' } & TransferDescription)
  | { readonly verb: 'finish-transfer'; readonly name: string; readonly withinMs: number }
  | { readonly verb: 'start-capture'; readonly name: string; readonly end: LinkEnd; readonly filter: string }
  | { readonly verb: 'stop-capture'; readonly name: string }
  | { readonly verb: 'run'; readonly node: string; readonly command: string }
  | { readonly verb: 'pause'; readonly ms: number };

/** A UDP echo, 1 kHz: from a node to an address that lives at another, or at one of several. */
export interface ProbeDescription {
  readonly name: string;
  readonly from: string;
  readonly to: Ipv4;
  readonly at: readonly string[];
}

/** One long TCP stream; the connection is opened by `from`. */
export interface TransferDescription {
  readonly name: string;
  readonly from: string;
  readonly to: Ipv4;
  readonly at: string;
  /** `upload`: the opener sends. `download`: it receives. */
  readonly direction: 'upload' | 'download';
  readonly megabitPerSecond: number;
}

const seconds = field('a number of seconds above 0, up to 600', (value) =>
  typeof value === 'number' && value > 0 && value <= 600 ? value : undefined,
);
const DEFAULT_WITHIN_SECONDS = 30;
const DEFAULT_MEGABIT_PER_SECOND = 100;

const traffic = { name: label, from: label, to: hostAddress, at: label };
const verbs = {
  wait: conditionSchema.optional(),
  expect: conditionSchema.optional(),
  fail: z.strictObject({ link: linkEnd, mode: choice(FAILURE_MODES).default('carrier') }).optional(),
  restore: z.strictObject({ link: linkEnd }).optional(),
  kill: z.strictObject({ node: label, process: nodeProgram.optional() }).optional(),
  stop: z.strictObject({ node: label }).optional(),
  start: z.strictObject({ node: label }).optional(),
  tell: z.strictObject({ node: label, command: z.string() }).optional(),
  configure: z
    .union([
      z.strictObject({ node: label, config: z.record(z.string(), z.unknown()) }),
      z.strictObject({ node: label, text: z.string() }),
    ])
    .optional(),
  'start-probe': z.strictObject({ ...traffic, at: z.union([label, z.array(label)]) }).optional(),
  'stop-probe': z.strictObject({ name: label }).optional(),
  'start-transfer': z
    .strictObject({
      ...traffic,
      direction: choice(['upload', 'download']).default('upload'),
      'megabit-per-second': integer(1, 10_000, 'Mbit/s').default(DEFAULT_MEGABIT_PER_SECOND),
    })
    .optional(),
  'finish-transfer': z.strictObject({ name: label }).optional(),
  'start-capture': z.strictObject({ name: label, link: linkEnd, filter: z.string().default('') }).optional(),
  'stop-capture': z.strictObject({ name: label }).optional(),
  run: z.strictObject({ node: label, command: z.string() }).optional(),
  pause: z.strictObject({ seconds }).optional(),
};

const VERBS = Object.keys(verbs);

export const stepSchema = z
  .strictObject({ name: z.string(), within: seconds.default(DEFAULT_WITHIN_SECONDS), ...verbs })
  .transform(({ name, within, ...entry }, context): Step => {
    const given = Object.values(entry).filter((value) => value !== undefined);
    const action = given.length === 1 ? readAction(entry, within * 1000) : undefined;
    if (action !== undefined) return { name, action };
    // A misspelled verb has been found already.
    if (context.issues.length > 0) return z.NEVER;
    context.issues.push({ code: 'custom', message: `a name and exactly one of ${VERBS.join(', ')}`, input: entry });
    return z.NEVER;
  });

type Entry = z.infer<z.ZodObject<typeof verbs>>;

function readAction(entry: Entry, withinMs: number): Action | undefined {
  if (entry.wait) return { verb: 'wait', condition: entry.wait, withinMs };
  if (entry.expect) return { verb: 'expect', condition: entry.expect };
  return readEvent(entry) ?? readTraffic(entry, withinMs);
}

function readEvent(entry: Entry): Action | undefined {
  if (entry.fail) return { verb: 'fail', end: entry.fail.link, mode: entry.fail.mode };
  if (entry.restore) return { verb: 'restore', end: entry.restore.link };
  if (entry.kill) return { verb: 'kill', node: entry.kill.node, process: entry.kill.process };
  if (entry.stop) return { verb: 'stop', ...entry.stop };
  if (entry.start) return { verb: 'start', ...entry.start };
  if (entry.tell) return { verb: 'tell', ...entry.tell };
  if (entry.configure) {
    const { node, ...change } = entry.configure;
    return { verb: 'configure', node, change };
  }
  if (entry.run) return { verb: 'run', ...entry.run };
  if (entry.pause) return { verb: 'pause', ms: entry.pause.seconds * 1000 };
  return undefined;
}

function readTraffic(entry: Entry, withinMs: number): Action | undefined {
  if (entry['start-probe']) {
    const { at, ...probe } = entry['start-probe'];
    return { verb: 'start-probe', ...probe, at: [at].flat() };
  }
  if (entry['stop-probe']) return { verb: 'stop-probe', ...entry['stop-probe'] };
  if (entry['start-transfer']) {
    const { 'megabit-per-second': megabitPerSecond, ...transfer } = entry['start-transfer'];
    return { verb: 'start-transfer', ...transfer, megabitPerSecond };
  }
  if (entry['finish-transfer']) return { verb: 'finish-transfer', ...entry['finish-transfer'], withinMs };
  if (entry['start-capture']) {
    const { name, link, filter } = entry['start-capture'];
    return { verb: 'start-capture', name, end: link, filter };
  }
  if (entry['stop-capture']) return { verb: 'stop-capture', ...entry['stop-capture'] };
  return undefined;
}
