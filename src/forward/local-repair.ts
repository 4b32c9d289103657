import { type GroupTable, pathAt, pathCount, repairPath } from '../fib/next-hop-group.js';
import { ACTION_RESOLVE, isUsable } from './adjacency.js';

/**
 * The path to take when that of a flow's bucket cannot be used: the next usable one of the group's paths, begun at a
 * place that depends on the flow so that the flows of a lost path spread; then the repair path; then a path whose
 * neighbor is being resolved; and if there is nothing, `failed` itself, whose action says why.
 */
export function repairedPath(
  groups: GroupTable,
  actions: Uint8Array,
  group: number,
  failed: number,
  hash: number,
): number {
  const count = pathCount(groups, group);
  let unresolved = actions[failed] === ACTION_RESOLVE ? failed : 0;
  let index = (hash >>> 8) % count;
  for (let tried = 0; tried < count; tried++) {
    const path = pathAt(groups, group, index);
    const action = actions[path];
    if (isUsable(action)) return path;
    if (unresolved === 0 && action === ACTION_RESOLVE) unresolved = path;
    index = index + 1 < count ? index + 1 : 0;
  }
  const repair = repairPath(groups, group);
  if (repair !== 0 && isUsable(actions[repair])) return repair;
  if (unresolved !== 0) return unresolved;
  return repair !== 0 && actions[repair] === ACTION_RESOLVE ? repair : failed;
}
