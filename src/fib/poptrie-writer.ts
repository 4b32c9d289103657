import type { Prefix } from '../base/prefix.js';
import type { Epochs } from './epoch.js';
import { DIRECT_BITS, DIRECT_ENTRIES, NODE_WORDS, Poptrie, type PoptrieMemory } from './poptrie.js';
import { EXHAUSTED, PoptrieCompiler } from './poptrie-compiler.js';
import { heapIndex, PrefixStore } from './prefix-store.js';

/** Retired blocks that are worth a look at the epochs. */
const RECLAIM_BLOCKS = 512;

/** Twice a full Internet table. */
const DEFAULT_MAX_PREFIXES = 1 << 21;

/** What a poptrie takes. */
export interface PoptrieSize {
  readonly prefixes: number;
  readonly nodes: number;
  readonly leaves: number;
  /** Bytes that lookups can reach, and blocks that wait to be free. */
  readonly sizeBytes: number;
  /** Bytes of shared memory that were ever touched. */
  readonly touchedBytes: number;
  readonly retiredBlocks: number;
}

/**
 * The single writer of a poptrie. Each call is a whole: either it returns true and readers see the change (one that spans
 * direct entries: entry by entry), or it returns false because memory or the limit of prefixes is exhausted, and nothing
 * has changed. Old blocks are reused when no worker can read them (`poptrie.ts`, `epoch.ts`).
 */
export class PoptrieWriter {
  private readonly trie: Poptrie;
  private readonly store = new PrefixStore();
  private readonly compiler: PoptrieCompiler;
  /** Direct entries that the call in progress recompiles, each once, and their new values. */
  private readonly dirty = new Int32Array(DIRECT_ENTRIES);
  private readonly isDirty = new Uint8Array(DIRECT_ENTRIES);
  private readonly staged = new Int32Array(DIRECT_ENTRIES);
  private dirtyCount = 0;

  constructor(
    memory: PoptrieMemory,
    private readonly epochs: Epochs,
    private readonly maxPrefixes: number = DEFAULT_MAX_PREFIXES,
  ) {
    this.trie = new Poptrie(memory);
    this.compiler = new PoptrieCompiler(this.trie, this.store);
  }

  /** The group of exactly this prefix, 0 if there is none. */
  get(address: number, length: number): number {
    return this.store.get(address, length);
  }

  /** Calls `visit` with each prefix, in no particular order. */
  eachPrefix(visit: (address: number, length: number) => void): void {
    this.store.each(visit);
  }

  /** Inserts a prefix or changes its group (1 to 65,535); 0 withdraws it. False: exhausted, nothing has changed. */
  set(address: number, length: number, group: number): boolean {
    const before = this.store.set(address, length, group);
    if (before === group) return true;
    if (this.withinLimit() && this.program(address, length)) return true;
    this.store.set(address, length, before);
    return false;
  }

  /** Withdraws a prefix. False: exhausted (a change needs new blocks before it frees old ones), nothing has changed. */
  remove(address: number, length: number): boolean {
    return this.set(address, length, 0);
  }

  /**
   * Gives each prefix (no host bits set) its group (1 to 65,535; 0 withdraws it), in order; the way to load a table. What that alters is compiled once, then published.
   * Returns the groups that the prefixes had, or undefined: exhausted, nothing has changed.
   */
  apply(prefixes: readonly Prefix[], groups: readonly number[]): Uint16Array | undefined {
    const before = new Uint16Array(prefixes.length);
    if (prefixes.length === 1) {
      const { address, length } = prefixes[0];
      before[0] = this.store.get(address, length);
      return this.set(address, length, groups[0]) ? before : undefined;
    }
    for (let index = 0; index < prefixes.length; index++) {
      const { address, length } = prefixes[index];
      before[index] = this.store.set(address, length, groups[index]);
      if (before[index] !== groups[index]) this.mark(address, length);
    }
    if (this.withinLimit() && this.programDirty()) return before;
    for (let index = prefixes.length - 1; index >= 0; index--) {
      this.store.set(prefixes[index].address, prefixes[index].length, before[index]);
    }
    return undefined;
  }

  /** Frees the old blocks that no worker reads any more. Also done now and then by the other calls. */
  reclaim(): void {
    if (this.retiredBlocks() === 0) return;
    this.epochs.advance();
    this.compiler.nodeBlocks.reclaim(this.epochs);
    this.compiler.leafBlocks.reclaim(this.epochs);
  }

  size(): PoptrieSize {
    const { nodeBlocks, leafBlocks } = this.compiler;
    return {
      prefixes: this.store.size,
      nodes: nodeBlocks.usedUnits,
      leaves: leafBlocks.usedUnits,
      sizeBytes: this.bytesOf(nodeBlocks.usedUnits, leafBlocks.usedUnits),
      touchedBytes: this.bytesOf(nodeBlocks.touchedUnits, leafBlocks.touchedUnits),
      retiredBlocks: this.retiredBlocks(),
    };
  }

  private bytesOf(nodes: number, leaves: number): number {
    const { direct, nodes: nodeWords, leaves: leafWords } = this.trie;
    return direct.byteLength + nodes * NODE_WORDS * nodeWords.BYTES_PER_ELEMENT + leaves * leafWords.BYTES_PER_ELEMENT;
  }

  private retiredBlocks(): number {
    return this.compiler.nodeBlocks.retiredBlocks + this.compiler.leafBlocks.retiredBlocks;
  }

  private withinLimit(): boolean {
    return this.store.size <= this.maxPrefixes;
  }

  private program(address: number, length: number): boolean {
    if (length > DIRECT_BITS)
      return this.programChange(address, length) || this.retry(() => this.programChange(address, length));
    this.mark(address, length);
    return this.programDirty();
  }

  private programDirty(): boolean {
    const done = this.programEntries() || this.retry(() => this.programEntries());
    for (let index = 0; index < this.dirtyCount; index++) this.isDirty[this.dirty[index]] = 0;
    this.dirtyCount = 0;
    return done;
  }

  /** Old blocks may be all that is missing. */
  private retry(program: () => boolean): boolean {
    if (this.retiredBlocks() === 0) return false;
    this.reclaim();
    return program();
  }

  private programChange(address: number, length: number): boolean {
    const publication = this.compiler.compileChange(address, length);
    if (publication === undefined) return this.rollBack();
    Atomics.store(publication.words, publication.index, publication.value);
    return this.commit();
  }

  private programEntries(): boolean {
    const { direct } = this.trie;
    for (let index = 0; index < this.dirtyCount; index++) {
      const entry = this.compiler.compileEntry(this.dirty[index]);
      if (entry === EXHAUSTED) return this.rollBack();
      this.staged[index] = entry;
    }
    for (let index = 0; index < this.dirtyCount; index++) {
      this.compiler.dropEntry(direct[this.dirty[index]]);
      Atomics.store(direct, this.dirty[index], this.staged[index]);
    }
    return this.commit();
  }

  private commit(): boolean {
    const epoch = this.epochs.current();
    this.compiler.nodeBlocks.commit(epoch);
    this.compiler.leafBlocks.commit(epoch);
    if (this.retiredBlocks() >= RECLAIM_BLOCKS) this.reclaim();
    return true;
  }

  private rollBack(): boolean {
    this.compiler.nodeBlocks.rollBack();
    this.compiler.leafBlocks.rollBack();
    return false;
  }

  /** Marks the direct entries that a changed prefix alters. */
  private mark(address: number, length: number): void {
    if (length > DIRECT_BITS) this.markEntry(address >>> (32 - DIRECT_BITS));
    else this.markHeap(heapIndex(address, length));
  }

  /** Marks what is below a short prefix, except where a longer short prefix hides it. */
  private markHeap(heap: number): void {
    if (heap >= DIRECT_ENTRIES) {
      this.markEntry(heap - DIRECT_ENTRIES);
      return;
    }
    for (let child = 2 * heap; child <= 2 * heap + 1; child++) {
      if (this.store.shortGroup(child) === 0) this.markHeap(child);
    }
  }

  private markEntry(direct: number): void {
    if (this.isDirty[direct] !== 0) return;
    this.isDirty[direct] = 1;
    this.dirty[this.dirtyCount++] = direct;
  }
}
