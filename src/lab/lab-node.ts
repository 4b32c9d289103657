import type { Ipv4 } from '../base/ipv4.js';
import type { Prefix } from '../base/prefix.js';

/** A node as the scenario sees it: every kind answers the same questions, each from its own router's account. */
export interface LabNode {
  /** Starts what is not running of the node's router; returns when its processes have been started. */
  start(): Promise<void>;

  /** Why a program of the node is not running although nobody ended it; undefined while all is well. */
  readonly failure: string | undefined;

  /** OSPF neighbors that are Full; undefined while the router does not answer. */
  fullAdjacencies(): Promise<number | undefined>;

  /** Age of the youngest LSA in the node's database, undefined if the router does not answer or cannot tell. */
  youngestLsaSeconds(): Promise<number | undefined>;

  /** The next hops of the route for exactly this prefix, empty for one without; undefined if there is no such route. */
  route(prefix: Prefix): Promise<readonly Ipv4[] | undefined>;

  /**
   * Gives the router commands of its own command line (`lasthop`, `vtysh`, `birdc`), one a line, and returns what it
   * writes. Throws LasthopError if it does not answer or refuses.
   */
  ask(commands: string): Promise<string>;

  /** Changes the configuration of the running router. Throws LasthopError if it refuses. */
  configure(change: NodeChange): Promise<void>;

  /** Process id of a program of the node; undefined if it is not running. */
  pidOf(program: NodeProgram): number | undefined;

  /** Ends a program of the node by SIGKILL, or all of them; returns when they are gone. */
  kill(program: NodeProgram | undefined): Promise<void>;

  /** Asks the programs of the node to end, last started first; returns when they are gone. */
  stop(): Promise<void>;

  /** The last lines of what the node's programs wrote. */
  logTail(lines: number): string;
}

/** The programs of a node's router: two of lasthop, the daemons of FRR, the one of BIRD. */
export const NODE_PROGRAMS = ['forwarder', 'controller', 'zebra', 'ospfd', 'bfdd', 'staticd', 'bird'] as const;
export type NodeProgram = (typeof NODE_PROGRAMS)[number];

/** Of `lasthop`: keys that take the place of those in its configuration. Of others: text in the router's language. */
export type NodeChange = { readonly config: { readonly [key: string]: unknown } } | { readonly text: string };

/** A configuration of lasthop after a change: keys that are null in it are taken away. */
export function changedConfig(config: object, change: { readonly [key: string]: unknown }): object {
  return Object.fromEntries(Object.entries({ ...config, ...change }).filter(([, value]) => value !== null));
}

/** The commands of a text with one a line. */
export function commandLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
