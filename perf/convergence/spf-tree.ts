import { IndexHeap } from '../../src/base/heap.js';
import type { Topology } from './spf-topology.js';

/** The last link of the only shortest path to a router that no shortest path leads through. */
export interface LeafLink {
  readonly from: number;
  readonly to: number;
  /** As `from` has it. One more leaves it on the shortest path. */
  readonly cost: number;
}

interface Arc {
  readonly to: number;
  readonly cost: number;
}

/** Those of the shortest paths from router 0, where neither end has a second link to the other. */
export function leafLinks({ routers, links }: Topology): LeafLink[] {
  const arcs: Arc[][] = Array.from({ length: routers }, () => []);
  for (const { a, b, costFromA, costFromB } of links) {
    arcs[a]!.push({ to: b, cost: costFromA });
    arcs[b]!.push({ to: a, cost: costFromB });
  }
  const distance = distances(arcs);
  const onPath = new Set<number>();
  const shortest: LeafLink[] = [];
  const ways = new Map<number, number>();
  for (const [from, list] of arcs.entries()) {
    for (const { to, cost } of list) {
      const longer = distance[from]! + cost - distance[to]!;
      if (longer === 0) {
        onPath.add(from);
        shortest.push({ from, to, cost });
      }
      // With one more it must still be the only one.
      if (longer <= 1) ways.set(to, (ways.get(to) ?? 0) + 1);
    }
  }
  const isOnlyLink = ({ from, to }: LeafLink) => arcs[from]!.filter((arc) => arc.to === to).length === 1;
  return shortest.filter((link) => !onPath.has(link.to) && ways.get(link.to) === 1 && isOnlyLink(link));
}

function distances(arcs: readonly (readonly Arc[])[]): number[] {
  const distance = arcs.map(() => Number.POSITIVE_INFINITY);
  const heap = new IndexHeap(arcs.length);
  distance[0] = 0;
  heap.push(0, 0);
  for (let router = heap.pop(); router >= 0; router = heap.pop()) {
    for (const { to, cost } of arcs[router]!) {
      const length = distance[router]! + cost;
      if (length >= distance[to]!) continue;
      distance[to] = length;
      heap.push(to, length);
    }
  }
  return distance;
}
