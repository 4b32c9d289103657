import type { Ipv4 } from '../base/ipv4.js';
import type { Prefix } from '../base/prefix.js';
import type { NodeProcess as NodeProcessName } from './condition.js';

/** A node as the scenario sees it: every kind answers the same questions, each from its own router's account. */
export interface LabNode {
  /** Starts the node's router; returns when its processes have been started. */
  start(): Promise<void>;

  /** Why a program of the node is not running although nobody ended it; undefined while all is well. */
  readonly failure: string | undefined;

  /** OSPF neighbors that are Full; undefined while the router does not answer. */
  fullAdjacencies(): Promise<number | undefined>;

  /** Age of the youngest LSA in the node's database, undefined if the router does not answer or cannot tell. */
  youngestLsaSeconds(): Promise<number | undefined>;

  /** The next hops of the route for exactly this prefix, empty for one without; undefined if there is no such route. */
  route(prefix: Prefix): Promise<readonly Ipv4[] | undefined>;

  /** Process id of a half of the router; undefined if it is not running. */
  pidOf(process: NodeProcessName): number | undefined;

  /** Ends a half of the router by SIGKILL. */
  kill(process: NodeProcessName): void;

  /** The last lines of what the node's programs wrote. */
  logTail(lines: number): string;
}
