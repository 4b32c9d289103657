import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LasthopError } from '../../src/base/errors.js';
import { parseIpv4 } from '../../src/base/ipv4.js';
import { HELLO_SECONDS, REPEAT_MS, SpfFeeder } from './spf-feeder.js';
import { TopologyLsas } from './spf-lsas.js';
import { atRest } from './spf-rest.js';
import { ROUTER_ID, type SpfSubject, type SubjectName, subject } from './spf-subjects.js';
import { type TopologyName, topology } from './spf-topology.js';
import { SpfWire } from './spf-wire.js';

/** What the measuring process is asked for: a JSON text as its argument. It runs in an isolation of its own. */
export interface SpfRequest {
  readonly topology: TopologyName;
  readonly routers: number;
  readonly subjects: readonly SubjectName[];
  /** Changes of the network, each of which all subjects take their turn at. */
  readonly rounds: number;
  readonly seed: number;
}

/** What it answers: the last line of its standard output. */
export interface SpfAnswer {
  readonly links: number;
  /** By subject: a figure for each round, in the same order. */
  readonly calculationMs: { readonly [subject in SubjectName]?: readonly number[] };
}

const DIRECTORY = '/run/lasthop-spf';
const POLL_MS = 20;
const LOAD_WITHIN_MS = 180_000;
const CALCULATE_WITHIN_MS = 30_000;

/** A daemon with its feeder. */
interface Pair {
  readonly name: SubjectName;
  readonly subject: SpfSubject;
  readonly feeder: SpfFeeder;
  readonly calculationMs: number[];
}

async function connect(name: SubjectName, request: SpfRequest): Promise<Pair> {
  const directory = join(DIRECTORY, name);
  // Daemons that give up root write their logs here.
  mkdirSync(directory, { recursive: true, mode: 0o777 });
  const daemon = subject(name, name, directory);
  const wire = await SpfWire.connect(name, daemon.kernelAddress);
  const network = topology(request.topology, request.routers, request.seed);
  const access = { address: wire.address, neighborId: parseIpv4(ROUTER_ID)! };
  const feeder = new SpfFeeder(wire, new TopologyLsas(network, access, request.seed));
  wire.onPacket((payload) => feeder.receive(payload));
  setInterval(() => feeder.hello(), HELLO_SECONDS * 1000);
  setInterval(() => feeder.repeat(), REPEAT_MS);
  await daemon.start();
  return { name, subject: daemon, feeder, calculationMs: [] };
}

async function load(pair: Pair): Promise<void> {
  await waitFor(
    LOAD_WITHIN_MS,
    `${pair.name} to load its database`,
    pair,
    async () => pair.feeder.isLoaded || undefined,
  );
}

async function calculate({ name, subject: daemon, feeder, calculationMs }: Pair): Promise<void> {
  await atRest();
  await daemon.forget();
  feeder.change();
  const what = `${name} to calculate`;
  calculationMs.push(await waitFor(CALCULATE_WITHIN_MS, what, { subject: daemon }, () => daemon.calculationMs()));
}

async function waitFor<T>(
  withinMs: number,
  what: string,
  { subject: daemon }: Pick<Pair, 'subject'>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    const failure =
      daemon.failure ?? (performance.now() > deadline ? `waited ${withinMs / 1000} s for ${what}` : undefined);
    if (failure !== undefined) throw new LasthopError('PERF', `${failure}\n${daemon.logTail()}`);
    await delay(POLL_MS);
  }
}

/** Every router has a stub; a daemon that has no route to each of them has calculated something else. */
async function checkRoutes({ name, subject: daemon }: Pair, routers: number): Promise<void> {
  const prefixes = new Set((await daemon.routes()).match(TopologyLsas.STUB_PATTERN));
  if (prefixes.size === routers) return;
  throw new LasthopError('PERF', `${name} has routes to ${prefixes.size} routers, expected ${routers}`);
}

async function run(request: SpfRequest): Promise<SpfAnswer> {
  const pairs: Pair[] = [];
  for (const name of request.subjects) {
    const pair = await connect(name, request);
    await load(pair);
    pairs.push(pair);
  }
  for (let round = 0; round < request.rounds; round++) {
    for (const pair of pairs) await calculate(pair);
  }
  await atRest();
  for (const pair of pairs) await checkRoutes(pair, request.routers);
  const { links } = topology(request.topology, request.routers, request.seed);
  const figures = pairs.map(({ name, calculationMs }) => [name, calculationMs]);
  return { links: links.length, calculationMs: Object.fromEntries(figures) };
}

const answer = await run(JSON.parse(process.argv[2] ?? '{}') as SpfRequest);
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
