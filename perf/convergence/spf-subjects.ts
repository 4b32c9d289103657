import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../../src/api/client.js';
import { BirdNode } from '../../src/lab/bird-node.js';
import { FrrNode } from '../../src/lab/frr-node.js';
import { controlSocketOf, LasthopNode } from '../../src/lab/lasthop-node.js';
import { isInstalled, runProgram } from '../../src/lab/program.js';
import { DEAD_SECONDS, HELLO_SECONDS } from './spf-feeder.js';
import { ROUTER_ADDRESS, ROUTER_LINK } from './spf-wire.js';

/** A daemon whose SPF is measured, and where its own account of it is read. */
export interface SpfSubject {
  /** Its kernel has the address of the link. */
  readonly kernelAddress: boolean;
  start(): Promise<void>;
  /** Why it does not run; undefined while all is well. */
  readonly failure: string | undefined;
  /** From now on `calculationMs` tells of calculations that begin later. */
  forget(): Promise<void>;
  /** The daemon's own figure for the first calculation since `forget`; undefined while there has been none. */
  calculationMs(): Promise<number | undefined>;
  /** The last lines of what it wrote. */
  logTail(): string;
  /** Its routes as text, in which each prefix occurs. */
  routes(): Promise<string>;
}

const LOG_TAIL_LINES = 10;

export const SUBJECTS = ['lasthop', 'frr', 'bird'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** Of the router that calculates: below the feeder's, which is to be the master of the exchange. */
export const ROUTER_ID = '1.1.1.1';

/** What each figure covers. One route changes its cost, so that next to nothing is handed over in any of them. */
export const SCOPES: { readonly [name in SubjectName]: string } = {
  lasthop: 'SPF, routes, comparison with those of before: lastSpfMicroseconds (show ospf)',
  frr: 'SPF, routes, comparison: wall clock of ospf_spf_calculate_schedule_worker (show thread cpu)',
  bird: 'SPF, routes, comparison: the tick that calculates, less the shortest idle one (debug latency)',
};

export function isSubjectInstalled(name: SubjectName): boolean {
  if (name === 'frr') return ['zebra', 'ospfd', 'vtysh'].every(isInstalled);
  return name === 'lasthop' || ['bird', 'birdc'].every(isInstalled);
}

export function subject(name: SubjectName, namespace: string, directory: string): SpfSubject {
  if (name === 'frr') return new FrrSubject(namespace, directory);
  return name === 'bird' ? new BirdSubject(namespace, directory) : new LasthopSubject(namespace, directory);
}

/** The part of `show ospf` that is looked at. */
interface LasthopStatistics {
  readonly dijkstraRuns: number;
  readonly lastSpfMicroseconds: number;
}

class LasthopSubject implements SpfSubject {
  readonly kernelAddress = false;
  private readonly node: LasthopNode;
  private runsBefore = 0;

  constructor(
    namespace: string,
    private readonly directory: string,
  ) {
    this.node = new LasthopNode('lasthop', namespace, directory, {
      'router-id': ROUTER_ID,
      links: [{ name: ROUTER_LINK, address: ROUTER_ADDRESS }],
      ospf: {
        mode: 'router',
        interfaces: [
          {
            link: ROUTER_LINK,
            type: 'point-to-point',
            'hello-interval': HELLO_SECONDS,
            'dead-interval': DEAD_SECONDS,
          },
        ],
      },
    });
  }

  start(): Promise<void> {
    return this.node.start();
  }

  get failure(): string | undefined {
    return this.node.failure;
  }

  logTail(): string {
    return this.node.logTail(LOG_TAIL_LINES);
  }

  async forget(): Promise<void> {
    this.runsBefore = (await this.statistics()).dijkstraRuns;
  }

  async calculationMs(): Promise<number | undefined> {
    const { dijkstraRuns, lastSpfMicroseconds } = await this.statistics();
    return dijkstraRuns > this.runsBefore ? lastSpfMicroseconds / 1000 : undefined;
  }

  async routes(): Promise<string> {
    return JSON.stringify(await this.ask('routes'));
  }

  private async statistics(): Promise<LasthopStatistics> {
    return (await this.ask('ospf')) as LasthopStatistics;
  }

  private async ask(method: string): Promise<unknown> {
    const client = await ApiClient.connect(controlSocketOf(this.directory));
    try {
      return await client.call(method);
    } finally {
      client.close();
    }
  }
}

/** The function that FRR's scheduler calls for SPF and all that follows from it, in its table of run times. */
const FRR_SPF = /^ *\d+ +[\d.]+ +(\d+) +\d+ +\d+ +(\d+) .* ospf_spf_calculate_schedule_worker$/m;

class FrrSubject implements SpfSubject {
  readonly kernelAddress = true;
  private readonly node: FrrNode;

  constructor(
    private readonly namespace: string,
    directory: string,
  ) {
    const text = `
interface ${ROUTER_LINK}
 ip ospf network point-to-point
 ip ospf hello-interval ${HELLO_SECONDS}
 ip ospf dead-interval ${DEAD_SECONDS}
router ospf
 ospf router-id ${ROUTER_ID}
 timers throttle spf 0 50 5000
 network ${ROUTER_ADDRESS} area 0
`;
    this.node = new FrrNode('frr', namespace, directory, text);
  }

  start(): Promise<void> {
    return this.node.start();
  }

  get failure(): string | undefined {
    return this.node.failure;
  }

  logTail(): string {
    return this.node.logTail(LOG_TAIL_LINES);
  }

  async forget(): Promise<void> {
    await this.ask('clear thread cpu');
  }

  async calculationMs(): Promise<number | undefined> {
    const found = FRR_SPF.exec(await this.ask('show thread cpu'));
    // Invoked, and the average of the wall clock in µs; one that has only been scheduled has not been invoked.
    return found === null || Number(found[1]) === 0 ? undefined : Number(found[2]) / 1000;
  }

  routes(): Promise<string> {
    return runProgram('ip', ['-n', this.namespace, 'route', 'show', 'proto', 'ospf']);
  }

  private ask(command: string): Promise<string> {
    return runProgram('vtysh', ['--pathspace', 'frr', '-d', 'ospfd', '-c', command]);
  }
}

const BIRD_CALCULATES = 'Starting routing table synchronization';
const BIRD_EVENT = /Event (0x\w+) 0x\w+ took ([\d.]+) ms/;

/** BIRD stamps its log with the time at which its loop woke up, so that two lines tell nothing: its own times are used. */
class BirdSubject implements SpfSubject {
  readonly kernelAddress = true;
  private readonly node: BirdNode;
  private readonly log: string;
  private linesBefore = 0;

  constructor(
    namespace: string,
    private readonly directory: string,
  ) {
    this.log = join(directory, 'bird-trace.log');
    const text = `
router id ${ROUTER_ID};
log "${this.log}" { trace, warning };
debug latency on;
debug latency limit 1 us;
protocol device { }
protocol ospf v2 {
  debug { events };
  ipv4 { import all; export none; };
  area 0 {
    interface "${ROUTER_LINK}" { type ptp; hello ${HELLO_SECONDS}; dead ${DEAD_SECONDS}; };
  };
}
`;
    this.node = new BirdNode('bird', namespace, directory, text);
  }

  start(): Promise<void> {
    return this.node.start();
  }

  get failure(): string | undefined {
    return this.node.failure;
  }

  logTail(): string {
    return this.node.logTail(LOG_TAIL_LINES);
  }

  async forget(): Promise<void> {
    this.linesBefore = this.lines().length;
  }

  async calculationMs(): Promise<number | undefined> {
    const lines = this.lines();
    const at = lines.findIndex((line, index) => index >= this.linesBefore && line.includes(BIRD_CALCULATES));
    const [, event, took] = BIRD_EVENT.exec(lines[at + 1] ?? '') ?? [];
    if (at < 0 || took === undefined) return undefined;
    const ticks = lines.filter((line, index) => line.includes(`Event ${event} `) && !isCalculation(lines, index));
    const idleMs = ticks.map((line) => Number(BIRD_EVENT.exec(line)?.[2]));
    return Number(took) - (idleMs.length === 0 ? 0 : Math.min(...idleMs));
  }

  routes(): Promise<string> {
    return runProgram('birdc', ['-s', join(this.directory, 'bird.ctl'), 'show', 'route']);
  }

  private lines(): string[] {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').split('\n') : [];
  }
}

function isCalculation(lines: readonly string[], index: number): boolean {
  return lines[index - 1]?.includes(BIRD_CALCULATES) === true;
}
