import type { LabResult, StepResult } from './result.js';

/** What passes between the command at the terminal and the keeper, the first process inside a lab's isolation. */

export type ToKeeper =
  | {
      readonly type: 'build';
      readonly file: string;
      readonly text: string;
      /** What the names of the namespaces carry. */
      readonly pid: number;
      /** Runs the scenario once the lab stands. */
      readonly scenario: boolean;
    }
  /** The lab is to outlive the command; from now on it is spoken to at this socket. */
  | { readonly type: 'stay'; readonly socketPath: string };

export type FromKeeper =
  | { readonly type: 'started' }
  | { readonly type: 'step'; readonly step: StepResult }
  | { readonly type: 'logs'; readonly directory: string; readonly tails: readonly LogTail[] }
  | { readonly type: 'result'; readonly result: LabResult }
  | { readonly type: 'staying' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly hint: string | undefined };

/** The end of what the programs of a node wrote. */
export interface LogTail {
  readonly node: string;
  readonly text: string;
}

/** What a keeper answers to `status`. */
export interface LabStatus {
  readonly nodes: readonly NodeStatus[];
  readonly failedLinks: readonly { readonly link: string; readonly mode: string }[];
}

export interface NodeStatus {
  readonly node: string;
  readonly kind: string;
  readonly namespace: string;
  readonly links: readonly string[];
  /** Control socket of a node that runs lasthop, null for others. */
  readonly socket: string | null;
  /** Why it is not as it should be, null while all is well. */
  readonly failure: string | null;
}
