/**
 * The edges of a graph, each vertex's next to each other. What one end describes is a half; only if the other end describes
 * one back, and both by virtual links or neither, it is an edge (RFC 2328 section 16.1, step 2b). Every index below is in
 * range by construction and is read with `!`.
 */
import { LINK_VIRTUAL } from '../wire/ospf/router-lsa.js';
import { Slices } from './slices.js';

const NONE = -1;

export class Edges {
  /** The edges of vertex v are those from `first[v]` to before `end[v]`. Other halves of it come after them. */
  first = new Uint32Array(0);
  end = new Uint32Array(0);
  to = new Int32Array(0);
  cost = new Uint32Array(0);
  private isVirtual = new Uint8Array(0);
  private vertexCount = 0;
  /** All halves of each vertex. */
  private readonly halves = new Slices();
  /** The halves that are described at the moment. */
  private readonly draft = new Draft();
  /** By vertex the number of the last comparison in which it was found to have a half to the one in question. */
  private seen = new Marks();
  private back = new Marks();
  private visited = new Int32Array(0);
  private comparison = 0;
  /** Those that the vertex in question has had a half to, or is to have one to. */
  private neighbors = new Int32Array(0);
  private neighborCount = 0;

  clear(vertexCount: number): void {
    this.vertexCount = vertexCount;
    this.halves.clear(vertexCount);
    this.first = this.halves.first;
    if (this.end.length < this.first.length) {
      this.end = new Uint32Array(this.first.length);
      this.visited = new Int32Array(this.first.length);
      this.neighbors = new Int32Array(this.first.length);
    }
    this.end.fill(0, 0, vertexCount);
    this.visited.fill(0);
    this.seen.clear(this.first.length);
    this.back.clear(this.first.length);
    this.comparison = 0;
    this.draft.count = 0;
  }

  /** Describes a half of the vertex that `describe` or `update` is called for next. */
  add(to: number, cost: number, linkType: number): void {
    this.draft.add(to, cost, linkType === LINK_VIRTUAL ? 1 : 0);
  }

  /** What has been added are the halves of `vertex`. After all vertices comes `match`. */
  describe(vertex: number): void {
    const { draft } = this;
    const start = this.halves.place(vertex, draft.count);
    if (this.to.length < this.halves.length) this.grow();
    for (let index = 0; index < draft.count; index++) {
      this.to[start + index] = draft.to[index]!;
      this.cost[start + index] = draft.cost[index]!;
      this.isVirtual[start + index] = draft.isVirtual[index]!;
    }
    this.end[vertex] = start;
    draft.count = 0;
  }

  /** Finds the edges among all halves, in time proportional to their number. */
  match(): void {
    const into = new Int32Array(this.vertexCount).fill(NONE);
    const nextInto = new Int32Array(this.halves.length);
    const from = new Int32Array(this.halves.length);
    const isMatched = new Uint8Array(this.halves.length);
    this.visitHalves((vertex, half) => {
      from[half] = vertex;
      nextInto[half] = into[this.to[half]!]!;
      into[this.to[half]!] = half;
    });
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      this.comparison++;
      this.mark(this.seen, vertex);
      for (let half = into[vertex]!; half !== NONE; half = nextInto[half]!) {
        if (this.seen.has(from[half]!, this.isVirtual[half]!, this.comparison)) isMatched[half] = 1;
      }
    }
    this.visitHalves((vertex, half) => {
      if (isMatched[half] === 1) this.join(vertex, half);
    });
  }

  /**
   * What has been added are the halves of `vertex` from now on. Takes time proportional to the halves of all that it had
   * and has one to. Returns false, and leaves everything to a new beginning, if that or the memory is better spent on it.
   */
  update(vertex: number): boolean {
    this.comparison++;
    if (this.findNeighbors(vertex) > this.halves.length) return false;
    this.describe(vertex);
    this.mark(this.seen, vertex);
    for (let index = 0; index < this.neighborCount; index++) this.compare(this.neighbors[index]!, vertex);
    this.end[vertex] = this.first[vertex]!;
    for (let half = this.first[vertex]!; half < this.halves.end[vertex]!; half++) {
      if (this.back.has(this.to[half]!, this.isVirtual[half]!, this.comparison)) this.join(vertex, half);
    }
    return !this.halves.isWasteful;
  }

  /** Fills `neighbors`, and returns how many halves all of them have. */
  private findNeighbors(vertex: number): number {
    this.neighborCount = 0;
    let effort = 0;
    for (let half = this.first[vertex]!; half < this.halves.end[vertex]!; half++) effort += this.visit(this.to[half]!);
    for (let index = 0; index < this.draft.count; index++) effort += this.visit(this.draft.to[index]!);
    return effort;
  }

  /** Makes it one of `neighbors`, and returns how many halves it has; 0 if it was one before. */
  private visit(neighbor: number): number {
    if (this.visited[neighbor] === this.comparison) return 0;
    this.visited[neighbor] = this.comparison;
    this.neighbors[this.neighborCount++] = neighbor;
    return this.halves.end[neighbor]! - this.first[neighbor]!;
  }

  /** Brings the halves from `neighbor` to `vertex`, whose own are marked, to what they are now. */
  private compare(neighbor: number, vertex: number): void {
    for (let half = this.first[neighbor]!; half < this.halves.end[neighbor]!; half++) {
      if (this.to[half] !== vertex) continue;
      const isVirtual = this.isVirtual[half]!;
      this.back.set(neighbor, isVirtual, this.comparison);
      const isEdge = half < this.end[neighbor]!;
      if (this.seen.has(neighbor, isVirtual, this.comparison)) {
        if (!isEdge) this.join(neighbor, half);
      } else if (isEdge) {
        this.part(neighbor, half);
        // Another one has come in its place.
        half--;
      }
    }
  }

  /** A half after the edges of a vertex becomes the last of them. */
  private join(vertex: number, half: number): void {
    this.swap(half, this.end[vertex]!++);
  }

  /** An edge becomes the first of what comes after the edges. */
  private part(vertex: number, half: number): void {
    this.swap(half, --this.end[vertex]!);
  }

  private swap(a: number, b: number): void {
    const to = this.to[a]!;
    const cost = this.cost[a]!;
    const isVirtual = this.isVirtual[a]!;
    this.to[a] = this.to[b]!;
    this.cost[a] = this.cost[b]!;
    this.isVirtual[a] = this.isVirtual[b]!;
    this.to[b] = to;
    this.cost[b] = cost;
    this.isVirtual[b] = isVirtual;
  }

  /** Marks those that `vertex` has halves to. */
  private mark(marks: Marks, vertex: number): void {
    for (let half = this.first[vertex]!; half < this.halves.end[vertex]!; half++) {
      marks.set(this.to[half]!, this.isVirtual[half]!, this.comparison);
    }
  }

  private visitHalves(visit: (vertex: number, half: number) => void): void {
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      for (let half = this.first[vertex]!; half < this.halves.end[vertex]!; half++) visit(vertex, half);
    }
  }

  private grow(): void {
    const length = 2 * this.halves.length;
    const { to, cost, isVirtual } = this;
    this.to = new Int32Array(length);
    this.to.set(to);
    this.cost = new Uint32Array(length);
    this.cost.set(cost);
    this.isVirtual = new Uint8Array(length);
    this.isVirtual.set(isVirtual);
  }
}

/** Vertices that were found by virtual links and by others in a numbered comparison, so that nothing has to be undone. */
class Marks {
  private byVirtual = new Int32Array(0);
  private byOther = new Int32Array(0);

  clear(vertices: number): void {
    if (this.byOther.length < vertices) {
      this.byVirtual = new Int32Array(vertices);
      this.byOther = new Int32Array(vertices);
    }
    this.byVirtual.fill(0);
    this.byOther.fill(0);
  }

  set(vertex: number, isVirtual: number, comparison: number): void {
    if (isVirtual === 1) this.byVirtual[vertex] = comparison;
    else this.byOther[vertex] = comparison;
  }

  has(vertex: number, isVirtual: number, comparison: number): boolean {
    return (isVirtual === 1 ? this.byVirtual[vertex] : this.byOther[vertex]) === comparison;
  }
}

/** The halves of one vertex before they have a place. */
class Draft {
  count = 0;
  to = new Int32Array(16);
  cost = new Uint32Array(16);
  isVirtual = new Uint8Array(16);

  add(to: number, cost: number, isVirtual: number): void {
    if (this.count === this.to.length) this.grow();
    this.to[this.count] = to;
    this.cost[this.count] = cost;
    this.isVirtual[this.count++] = isVirtual;
  }

  private grow(): void {
    const { to, cost, isVirtual } = this;
    this.to = new Int32Array(2 * to.length);
    this.to.set(to);
    this.cost = new Uint32Array(2 * to.length);
    this.cost.set(cost);
    this.isVirtual = new Uint8Array(2 * to.length);
    this.isVirtual.set(isVirtual);
  }
}
