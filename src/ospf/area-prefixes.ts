import type { PairIndex } from '../base/pair-index.js';
import { lengthOfMask } from '../base/prefix.js';
import { LINK_STUB } from '../wire/ospf/router-lsa.js';
import type { Graph } from './graph.js';
import { Slices } from './slices.js';

/** Nobody could get there so far. */
const NO_PREFIX = -1;

/**
 * What the vertices of an area have to offer: the prefix of a transit network, the stub links of a router. It is read from an
 * LSA once. Every index below is in range by construction and is read with `!`.
 */
export class AreaPrefixes {
  private readonly items = new Slices();
  /** The items of vertex v are those from `first[v]` to before `end[v]`. */
  first = new Uint32Array(0);
  end = new Uint32Array(0);
  metric = new Uint16Array(0);
  private address = new Uint32Array(0);
  private length = new Uint8Array(0);
  private prefix = new Int32Array(0);
  private readonly numbers: PairIndex;

  /** @param numbers of prefixes; those that cannot be reached get none */
  constructor(numbers: PairIndex) {
    this.numbers = numbers;
  }

  /** The vertices have new numbers. */
  readAll(graph: Graph): void {
    this.items.clear(graph.vertexCount);
    this.first = this.items.first;
    this.end = this.items.end;
    for (let vertex = 0; vertex < graph.vertexCount; vertex++) this.read(graph, vertex);
  }

  /** The LSAs of some vertices are others. */
  readChanged(graph: Graph): void {
    for (const vertex of graph.changed) this.read(graph, vertex);
    if (this.items.isWasteful) this.readAll(graph);
  }

  /** The number of the prefix of an item. */
  prefixOf(item: number): number {
    const known = this.prefix[item]!;
    if (known !== NO_PREFIX) return known;
    const prefix = this.numbers.add(this.address[item]!, this.length[item]!);
    this.prefix[item] = prefix;
    return prefix;
  }

  /** A mask with a hole is that of no network. */
  private read(graph: Graph, vertex: number): void {
    const entry = graph.entries[vertex];
    const body = entry?.body;
    if (entry !== undefined && body?.kind === 'network') {
      const length = lengthOfMask(body.networkMask);
      const item = this.place(vertex, length === undefined ? 0 : 1);
      if (length !== undefined) this.set(item, entry.id & body.networkMask, length, 0);
    } else if (body?.kind === 'router') {
      let count = 0;
      for (const { type, data } of body.links) if (type === LINK_STUB && lengthOfMask(data) !== undefined) count++;
      let item = this.place(vertex, count);
      for (const { type, id, data, metric } of body.links) {
        const length = type === LINK_STUB ? lengthOfMask(data) : undefined;
        if (length !== undefined) this.set(item++, id & data, length, metric);
      }
    } else {
      this.place(vertex, 0);
    }
  }

  private place(vertex: number, count: number): number {
    const first = this.items.place(vertex, count);
    if (this.items.length > this.prefix.length) this.grow();
    return first;
  }

  private set(item: number, address: number, length: number, metric: number): void {
    this.address[item] = address;
    this.length[item] = length;
    this.metric[item] = metric;
    this.prefix[item] = NO_PREFIX;
  }

  private grow(): void {
    const { metric, address, length, prefix } = this;
    const size = 2 * this.items.length;
    this.metric = new Uint16Array(size);
    this.metric.set(metric);
    this.address = new Uint32Array(size);
    this.address.set(address);
    this.length = new Uint8Array(size);
    this.length.set(length);
    this.prefix = new Int32Array(size);
    this.prefix.set(prefix);
  }
}
