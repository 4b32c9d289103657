import { lsdbRows } from './lsdb-rows.js';
import { type Column, formatCell, type Row } from './table.js';

/** One thing that `lasthop show` shows. */
export interface Subject {
  readonly name: string;
  readonly description: string;
  /** Method of the control protocol. */
  readonly method: string;
  /** Name of the one argument, if it takes one; also its key in the method's parameters. */
  readonly argument?: string;
  /** Instead of a table without rows: these words and the argument, if there is one. */
  readonly none?: string;
  /** With `--watch` new items come by themselves; others are asked for again and again. */
  readonly streams?: true;
  readonly columns: readonly Column[];
  /** The rows of the table, in what the method returned; without it that is the list of rows. */
  readonly rows?: (result: unknown) => Row[];
}

const column = (key: string, format?: Column['format']): Column => {
  const heading = key.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();
  return format === undefined ? { key, heading } : { key, heading, format };
};

const columns = (...keys: readonly string[]): Column[] => keys.map((key) => column(key));

const counter = (key: string): Column => column(key, (_value, row) => formatCell(field(row.counters, key)));

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'status',
    description: 'the router itself',
    method: 'status',
    columns: ['routerId', 'converged', 'uptimeSeconds', 'restarts', 'forwarderPid', 'controllerPid'].map((key) =>
      column(key),
    ),
    rows: (result) => [result as Row],
  },
  {
    name: 'links',
    description: 'links, the virtual link first',
    method: 'links',
    columns: [
      column('name'),
      column('kind'),
      column('up'),
      column('addresses'),
      column('mtu'),
      column('mac', orDash),
      counter('rxPackets'),
      counter('txPackets'),
      column('reason', orDash),
    ],
  },
  {
    name: 'ospf',
    description: 'OSPF as a whole: areas, database, calculations',
    method: 'ospf',
    none: 'OSPF does not run',
    columns: columns(
      'routerId',
      'mode',
      'areas',
      'converged',
      'lsas',
      'dijkstraRuns',
      'stubRuns',
      'lastSpfMicroseconds',
      'spfDelay',
    ),
    rows: (result) => (result === null ? [] : [result as Row]),
  },
  {
    name: 'neighbors',
    description: 'OSPF neighbors',
    method: 'neighbors',
    columns: [
      ...columns('link', 'area', 'routerId', 'priority', 'address', 'state'),
      column('role'),
      ...columns('stateAgeSeconds', 'deadInSeconds', 'reason'),
    ],
  },
  {
    name: 'interfaces',
    description: "OSPF's view of the links that it runs on",
    method: 'interfaces',
    columns: [
      ...columns('link', 'state', 'type', 'address', 'area', 'cost', 'priority'),
      { key: 'designatedRouter', heading: 'DR' },
      { key: 'backupDesignatedRouter', heading: 'BDR' },
      ...columns('neighbors', 'fullNeighbors', 'nextHelloInSeconds'),
    ],
  },
  {
    name: 'rejections',
    description: 'the last OSPF packets that were not accepted, and why',
    method: 'rejections',
    columns: columns('time', 'count', 'link', 'source', 'routerId', 'check', 'expected', 'got'),
  },
  {
    name: 'checks',
    description: 'how many OSPF packets and LSAs failed each check',
    method: 'checks',
    columns: columns('check', 'failed'),
  },
  {
    name: 'lsdb',
    description: 'the link-state database',
    method: 'lsdb',
    columns: [
      { key: 'scope', heading: 'AREA', format: orBlank },
      { key: 'kind', heading: 'TYPE', format: orBlank },
      { key: 'id', heading: 'LINK ID', format: orBlank },
      { key: 'advertisingRouter', heading: 'ADV ROUTER', format: orBlank },
      { key: 'selfOriginated', heading: 'OWN', format: orBlank },
      { key: 'ageSeconds', heading: 'AGE', format: orBlank },
      { key: 'sequence', heading: 'SEQUENCE', format: orBlank },
      { key: 'checksum', heading: 'CHECKSUM', format: orBlank },
      { key: 'says', heading: 'SAYS' },
    ],
    rows: lsdbRows,
  },
  {
    name: 'routes',
    description: 'the best route to each prefix',
    method: 'routes',
    columns: [
      column('prefix'),
      column('source'),
      column('pathType'),
      column('area'),
      column('cost', formatCost),
      column('tag'),
      column('paths', formatPaths),
      column('repair', formatRepair),
    ],
  },
  {
    name: 'fib',
    description: 'where a packet to an address goes',
    method: 'fib',
    argument: 'address',
    none: 'no route to',
    columns: ['prefix', 'use', 'kind', 'link', 'address', 'mac', 'state', 'usable', 'packets'].map((key) =>
      column(key, orDash),
    ),
    rows: fibRows,
  },
  {
    name: 'vips',
    description: 'virtual IP addresses',
    method: 'vips',
    columns: columns('name', 'address', 'mode', 'state', 'sinceSeconds', 'cost', 'advertisedCost', 'health', 'reason'),
  },
  {
    name: 'health',
    description: 'health checks of virtual IP addresses',
    method: 'health',
    columns: columns('vip', 'check', 'health', 'reason'),
    none: 'no VIP has a check',
  },
  {
    name: 'adjacencies',
    description: 'neighbors and other ends of paths, as the forwarder knows them',
    method: 'adjacencies',
    columns: ['index', 'kind', 'link', 'address', 'mac', 'state', 'usable', 'packets', 'sizeBytes'].map((key) =>
      column(key, orDash),
    ),
  },
  {
    name: 'bfd',
    description: 'BFD sessions',
    method: 'bfd',
    columns: columns(
      'link',
      'peer',
      'state',
      'stateAgeSeconds',
      'diagnostic',
      'remoteState',
      'transmitIntervalMs',
      'detectionTimeMs',
      'losses',
      'users',
    ),
  },
  {
    name: 'counters',
    description: 'what was counted on each link',
    method: 'counters',
    columns: columns('link', 'counter', 'value'),
    rows: counterRows,
  },
  {
    name: 'drops',
    description: 'dropped packets by link and reason',
    method: 'drops',
    columns: columns('link', 'reason', 'packets'),
  },
  {
    name: 'workers',
    description: 'threads that forward, and what each has done on all links together',
    method: 'workers',
    columns: columns('worker', 'rxPackets', 'txPackets', 'handedOverPackets', 'turns', 'resting'),
  },
  {
    name: 'events',
    description: 'what happened last',
    method: 'events',
    streams: true,
    columns: [column('time'), column('origin'), column('event'), column('detail', formatDetail)],
  },
];

/** The rows of the table for what a subject's method returned. */
export function rowsOf(subject: Subject, result: unknown): Row[] {
  if (subject.rows !== undefined) return subject.rows(result);
  return Array.isArray(result) ? result : [];
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Row)[key] : undefined;
}

function orDash(value: unknown): string {
  return value === '' ? '-' : formatCell(value);
}

function orBlank(value: unknown): string {
  return value === undefined ? '' : formatCell(value);
}

/** Of a type 2 external route both: to where it is announced, and what that announces. */
function formatCost(cost: unknown, { type2Cost }: Row): string {
  return type2Cost === null || type2Cost === undefined ? formatCell(cost) : `${cost}/${type2Cost}`;
}

function formatPaths(paths: unknown): string {
  return Array.isArray(paths) ? paths.map(formatPath).join(', ') : '-';
}

function formatRepair(path: unknown): string {
  return path === null || path === undefined ? '-' : formatPath(path);
}

function formatPath(path: unknown): string {
  const [kind, link, via] = ['kind', 'link', 'via'].map((key) => field(path, key));
  if (kind === 'neighbor') return `via ${via} ${link}`;
  return link === null || link === undefined ? String(kind) : `${kind} ${link}`;
}

function formatDetail(detail: unknown): string {
  return Object.entries(detail ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

/** One row for each path of the route, and one for the repair path. */
function fibRows(result: unknown): Row[] {
  const prefix = field(result, 'prefix');
  const paths = field(result, 'paths');
  const repair = field(result, 'repair');
  const rows = (Array.isArray(paths) ? paths : []).map((path: Row) => ({ prefix, use: 'path', ...path }));
  return repair === undefined ? rows : [...rows, { prefix, use: 'repair', ...(repair as Row) }];
}

/** One row for each counter that is not zero: a table of all of them is too wide to read. */
function counterRows(result: unknown): Row[] {
  return (Array.isArray(result) ? result : []).flatMap(({ link, ...counters }: Row) =>
    Object.entries(counters)
      .filter(([, value]) => value !== 0)
      .map(([counter, value]) => ({ link, counter, value })),
  );
}
