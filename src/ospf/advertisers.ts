/**
 * Which vertices of an area have each prefix, and at what metric. Prefixes are known by their number; the memory is kept
 * between runs, so every index below is in range by construction and is read with `!`.
 */
export class Advertisers {
  /** By prefix the last entry, 0 if there is none; entry 0 is not used. */
  private last = new Uint32Array(0);
  /** By entry the one before it of the same prefix. */
  private before = new Uint32Array(64);
  private vertices = new Uint32Array(64);
  private metrics = new Uint32Array(64);
  private count = 1;

  clear(): void {
    this.last.fill(0);
    this.count = 1;
  }

  add(prefix: number, vertex: number, metric: number): void {
    if (prefix >= this.last.length) this.last = larger(this.last, Math.max(64, 2 * prefix));
    if (this.count === this.before.length) {
      this.before = larger(this.before, 2 * this.count);
      this.vertices = larger(this.vertices, 2 * this.count);
      this.metrics = larger(this.metrics, 2 * this.count);
    }
    this.before[this.count] = this.last[prefix]!;
    this.vertices[this.count] = vertex;
    this.metrics[this.count] = metric;
    this.last[prefix] = this.count++;
  }

  /** The first entry of a prefix, 0 if there is none; the others by `next`. */
  first(prefix: number): number {
    return this.last[prefix] ?? 0;
  }

  next(entry: number): number {
    return this.before[entry]!;
  }

  vertex(entry: number): number {
    return this.vertices[entry]!;
  }

  metric(entry: number): number {
    return this.metrics[entry]!;
  }
}

function larger(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}
