import { formatIpv4 } from '../base/ipv4.js';

/** One reason why there is no adjacency, or why it is of no use, in words for an operator. */
export interface Finding {
  /** Stable and kebab-case: the failed check of a packet, or what is wrong otherwise. */
  readonly code: string;
  /** IPv4 address of the neighbor that it is about; undefined if it is about the link. */
  readonly neighbor: number | undefined;
  /** What is wrong. */
  readonly problem: string;
  /** What was seen of it. */
  readonly evidence: string;
  /** What to do about it. */
  readonly fix: string;
}

/** How a neighbor is named in findings. */
export function nameOf(address: number, routerId: number | undefined): string {
  const text = formatIpv4(address);
  return routerId === undefined || routerId === address ? text : `${text} (router ID ${formatIpv4(routerId)})`;
}

export function secondsText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
