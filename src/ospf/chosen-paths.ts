import { NO_RANK, type PathTable } from './path-table.js';

/**
 * The path that was chosen for each prefix, whatever stage has found it: what a new calculation is compared with, so that
 * routes are looked at only where it has found something else. Prefixes are known by their number, so every index below is
 * in range by construction and is read with `!`.
 */
export class ChosenPaths {
  /** 0 if there is none; otherwise one more than the number of the stage. */
  private stage = new Uint8Array(0);
  private rank = new Float64Array(0);
  private cost = new Float64Array(0);
  private nextHops = new Uint32Array(0);
  private area = new Uint32Array(0);
  private tag = new Uint32Array(0);
  private repair = new Uint32Array(0);

  /** Takes what stage number `stage` has in `table`. Returns whether it is another path than before. */
  choose(prefix: number, stage: number, table: PathTable): boolean {
    if (prefix >= this.stage.length) this.grow(prefix);
    if (this.stage[prefix] === stage + 1 && this.isIn(table, prefix)) return false;
    this.stage[prefix] = stage + 1;
    this.rank[prefix] = table.rank[prefix]!;
    this.cost[prefix] = table.cost[prefix]!;
    this.nextHops[prefix] = table.nextHops[prefix]!;
    this.area[prefix] = table.area[prefix]!;
    this.tag[prefix] = table.tag[prefix]!;
    this.repair[prefix] = table.repair[prefix]!;
    return true;
  }

  /** There is no path. Returns whether there was one. */
  chooseNone(prefix: number): boolean {
    if (prefix >= this.stage.length || this.stage[prefix] === 0) return false;
    this.stage[prefix] = 0;
    return true;
  }

  private isIn(table: PathTable, prefix: number): boolean {
    return (
      this.cost[prefix] === table.cost[prefix] &&
      this.nextHops[prefix] === table.nextHops[prefix] &&
      this.repair[prefix] === table.repair[prefix] &&
      this.area[prefix] === table.area[prefix] &&
      this.rank[prefix] === table.rank[prefix] &&
      this.tag[prefix] === table.tag[prefix]
    );
  }

  private grow(prefix: number): void {
    const size = Math.max(64, 2 * prefix);
    const { stage, rank, cost, nextHops, area, tag, repair } = this;
    this.stage = new Uint8Array(size);
    this.stage.set(stage);
    this.rank = new Float64Array(size).fill(NO_RANK);
    this.rank.set(rank);
    this.cost = new Float64Array(size);
    this.cost.set(cost);
    this.nextHops = larger(nextHops, size);
    this.area = larger(area, size);
    this.tag = larger(tag, size);
    this.repair = larger(repair, size);
  }
}

function larger(array: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(size);
  copy.set(array);
  return copy;
}
