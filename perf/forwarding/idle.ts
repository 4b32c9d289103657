import { LasthopError } from '../../src/base/errors.js';
import { describeMachine, median, type PerfResult } from '../result.js';
import { runLab } from './turns.js';

const LINKS = 4;
const SECONDS = 10;
const DEFAULT_RUNS = 7;
/** Until what starting takes is over: code is compiled, the database is complete. */
const REST_SECONDS = 5;
const LOOK = 'a look at the clocks';

/**
 * `lasthop perf idle`: processor time of both processes of a router with four links on which nobody says anything. OSPF
 * runs on each, with its defaults, and sends Hellos.
 */
export async function runIdle(options: { readonly runs?: number } = {}): Promise<PerfResult> {
  const runs = options.runs ?? DEFAULT_RUNS;
  const machine = describeMachine();
  const result = await runLab('idle', idleLab(runs));
  const looks = result.steps.filter(({ name }) => name === LOOK).map(({ detail }) => readLook(detail));
  const percents = looks.slice(1).map((look, index) => percentBetween(looks[index], look));
  return {
    name: 'idle',
    machine,
    runs,
    figures: {
      network: `a router with ${LINKS} veth links to silent hosts, OSPF on each with a Hello in 10 s`,
      seconds: SECONDS,
      cpuPercent: median(percents),
      highestCpuPercent: Math.max(...percents),
    },
    ratios: {},
  };
}

/** JSON is YAML. */
function idleLab(runs: number): string {
  const indices = Array.from({ length: LINKS }, (_, index) => index + 1);
  const pause = (seconds: number) => ({ name: 'nothing happens', pause: { seconds } });
  // Once and before: to be asked costs the router processor time.
  const know = {
    name: 'the processes are known',
    run: {
      node: 'router',
      command: `lasthop show status --json | grep -o '"[a-z]*Pid": *[0-9]*' | grep -o '[0-9]*$' >/run/processes`,
    },
  };
  // In clock ticks user and system time of each process with all its threads; then seconds, and the ticks of one.
  const look = {
    name: LOOK,
    run: {
      node: 'router',
      command:
        'for pid in $(cat /run/processes); do cut -d ")" -f 2 /proc/$pid/stat | cut -d " " -f 13,14; done; ' +
        'cut -d " " -f 1 /proc/uptime; getconf CLK_TCK',
    },
  };
  return JSON.stringify({
    name: 'idle',
    nodes: {
      router: {
        kind: 'lasthop',
        config: {
          'router-id': '10.255.0.1',
          links: indices.map((index) => ({ name: `eth${index}`, address: `10.${index}.0.1/24` })),
          ospf: { interfaces: indices.map((index) => ({ link: `eth${index}` })) },
        },
      },
      ...Object.fromEntries(indices.map((index) => [`host${index}`, { kind: 'host' }])),
    },
    links: indices.map((index) => ({ ends: [`router:eth${index}`, `host${index}:eth1`] })),
    steps: [
      { name: 'the router answers', wait: { ask: { node: 'router', command: 'show status', matches: '10.255.0.1' } } },
      know,
      pause(REST_SECONDS),
      look,
      ...Array.from({ length: runs }, () => [pause(SECONDS), look]).flat(),
    ],
  });
}

/** Ticks of processor time so far, and when that was in ticks. */
interface Look {
  readonly busy: number;
  readonly at: number;
}

function readLook(text: string): Look {
  const numbers = text.split(/\s+/).map(Number);
  if (numbers.length < 6) throw new LasthopError('PERF', `"${text}", expected the times of two processes`);
  const ticksPerSecond = numbers.at(-1)!;
  const seconds = numbers.at(-2)!;
  return { busy: numbers.slice(0, -2).reduce((sum, ticks) => sum + ticks, 0), at: seconds * ticksPerSecond };
}

function percentBetween(before: Look, after: Look): number {
  return Math.round(((after.busy - before.busy) / (after.at - before.at)) * 10_000) / 100;
}
