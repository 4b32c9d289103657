import {
  type AdjacencyTable,
  KIND_BLACKHOLE,
  KIND_CARRY_NEW,
  KIND_CARRY_NEW_LEASED,
  KIND_CARRY_UNKNOWN,
  KIND_CARRY_UNKNOWN_LEASED,
  KIND_CONNECTED,
  KIND_DELIVER,
  KIND_DELIVER_LEASED,
  KIND_LOCAL,
  KIND_NEIGHBOR,
  KIND_PROHIBIT,
} from './adjacency.js';
import type { Commands } from './commands.js';
import { MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { Path } from './messages.js';

/** Links and addresses of one kind of path at most. */
const PATHS_OF_KIND = MAX_LINKS * 2 ** 32;

const KIND_OF: { readonly [kind in Exclude<Path['kind'], 'carry'>]: number } = {
  neighbor: KIND_NEIGHBOR,
  connected: KIND_CONNECTED,
  local: KIND_LOCAL,
  deliver: KIND_DELIVER,
  'deliver-leased': KIND_DELIVER_LEASED,
  blackhole: KIND_BLACKHOLE,
  prohibit: KIND_PROHIBIT,
};

/** What the registry has to say. */
export type AdjacencyCommands = Pick<Commands, 'adjacencyDefined' | 'adjacencyRemoved' | 'fence'>;

interface Entry {
  readonly index: number;
  readonly key: number;
  readonly path: Path;
  readonly link: number;
  references: number;
}

/**
 * The main thread's side of the routes' adjacencies: equal paths share one index, which is counted, told to the worker,
 * and used again only after the worker has let go of it.
 */
export class AdjacencyRegistry {
  private readonly table: AdjacencyTable;
  private readonly commands: AdjacencyCommands;
  private readonly linkIndex: (name: string) => number | undefined;
  private readonly byKey = new Map<number, Entry>();
  private readonly byIndex = new Map<number, Entry>();
  private readonly free: number[] = [];
  private nextUnused = 1;

  /** @param linkIndex the index of the link of a name; undefined if there is no such link */
  constructor(table: AdjacencyTable, commands: AdjacencyCommands, linkIndex: (name: string) => number | undefined) {
    this.table = table;
    this.commands = commands;
    this.linkIndex = linkIndex;
  }

  get size(): number {
    return this.byKey.size;
  }

  /** The adjacency of `path` with one reference more; 0 if its link is unknown or the table is full. */
  acquire(path: Path): number {
    const link = 'link' in path ? this.linkIndex(path.link) : VIRTUAL_LINK;
    if (link === undefined) return 0;
    const via = addressOf(path);
    const key = kindOf(path) * PATHS_OF_KIND + link * 2 ** 32 + via;
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.references++;
      return known.index;
    }
    return this.create({ key, path, link, references: 1 }, via);
  }

  release(index: number): void {
    const entry = this.byIndex.get(index);
    if (entry === undefined) throw new RangeError(`adjacency ${index} is not in use`);
    entry.references--;
    if (entry.references > 0) return;
    this.byKey.delete(entry.key);
    this.byIndex.delete(index);
    this.commands.adjacencyRemoved(index);
    // Also the links of the group that held it: the worker is past both once it has handled this.
    this.commands.fence(() => this.free.push(index));
  }

  /** The path that an adjacency was made for. */
  pathOf(index: number): Path | undefined {
    return this.byIndex.get(index)?.path;
  }

  usesLink(link: number): boolean {
    for (const entry of this.byIndex.values()) if ('link' in entry.path && entry.link === link) return true;
    return false;
  }

  /** All indices in use, in order. */
  indices(): number[] {
    return [...this.byIndex.keys()].sort((a, b) => a - b);
  }

  private create(content: Omit<Entry, 'index'>, via: number): number {
    const index = this.takeIndex();
    if (index === 0) return 0;
    const entry = { index, ...content };
    this.byKey.set(entry.key, entry);
    this.byIndex.set(index, entry);
    this.table.define(index, kindOf(entry.path), entry.link, via);
    this.commands.adjacencyDefined(index);
    return index;
  }

  private takeIndex(): number {
    const free = this.free.pop();
    if (free !== undefined) return free;
    return this.nextUnused <= this.table.capacity.routes ? this.nextUnused++ : 0;
  }
}

function kindOf(path: Path): number {
  if (path.kind !== 'carry') return KIND_OF[path.kind];
  if (path.flows === 'new') return path.leased ? KIND_CARRY_NEW_LEASED : KIND_CARRY_NEW;
  return path.leased ? KIND_CARRY_UNKNOWN_LEASED : KIND_CARRY_UNKNOWN;
}

function addressOf(path: Path): number {
  if (path.kind === 'carry') return path.to;
  return path.kind === 'neighbor' ? path.via : 0;
}
