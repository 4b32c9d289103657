import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { LasthopError } from '../base/errors.js';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.js';
import { jsonOption, printJson } from './output.js';

/** What a measurement ends with. */
interface PerfResult {
  readonly name: string;
  readonly machine: unknown;
  readonly runs: number;
  readonly figures: { readonly [name: string]: unknown };
  readonly ratios: { readonly [name: string]: number };
  readonly disturbances?: readonly string[];
}

interface MeasureOptions {
  readonly table?: string;
  readonly runs?: number;
  readonly minutes?: number;
  readonly io?: string;
  readonly frame?: number | 'imix';
}

/** What becomes of results. */
interface Report {
  saveResult(result: PerfResult): void;
  readResults(): PerfResult[];
  formatPage(results: readonly PerfResult[]): string;
}

type Measure = (options: MeasureOptions) => Promise<PerfResult>;

/** The measurements live beside the sources, not in the router: each is loaded only when it is asked for. */
const MEASUREMENTS: { readonly [name: string]: { readonly module: string; readonly entry: string } } = {
  'forward-core': { module: '../../perf/forwarding/forward-core.js', entry: 'runForwardCore' },
  lpm: { module: '../../perf/lookup/lpm.js', entry: 'runLpm' },
  fib: { module: '../../perf/lookup/fib.js', entry: 'runFib' },
  spf: { module: '../../perf/convergence/spf.js', entry: 'runSpf' },
  failover: { module: '../../perf/convergence/failover.js', entry: 'runFailover' },
  bfd: { module: '../../perf/convergence/bfd-load.js', entry: 'runBfdLoad' },
  tcp: { module: '../../perf/forwarding/tcp.js', entry: 'runTcp' },
  vip: { module: '../../perf/forwarding/vip.js', entry: 'runVip' },
  udp: { module: '../../perf/forwarding/udp.js', entry: 'runUdp' },
  latency: { module: '../../perf/forwarding/latency.js', entry: 'runLatency' },
  idle: { module: '../../perf/forwarding/idle.js', entry: 'runIdle' },
  veth: { module: '../../perf/forwarding/veth.js', entry: 'runVeth' },
  check: { module: '../../perf/forwarding/harness-check.js', entry: 'runHarnessCheck' },
  micro: { module: '../../perf/micro/micro.js', entry: 'runMicro' },
};

const RESULT_FILES = '../../perf/report/result-files.js';
const PAGE = '../../perf/report/page.js';

/** Every measurement in turn. */
const ALL = 'all';

interface PerfOptions extends MeasureOptions {
  readonly json?: true;
  readonly html?: string;
}

export function perfCommand(): Command {
  return new Command('perf')
    .description('measure a part of lasthop on this machine')
    .addArgument(new Argument('<name>', 'what to measure').choices([...Object.keys(MEASUREMENTS), ALL]))
    .addOption(new Option('--table <file>', 'prefixes to measure with, one a line, gzip allowed'))
    .addOption(
      new Option(
        '--runs <number>',
        'how often to measure, of failover, tcp, vip, udp, latency, veth, check, fib, lpm',
      ).argParser(readRuns),
    )
    .addOption(new Option('--minutes <number>', 'how long to measure, of bfd').argParser(readMinutes))
    .addOption(new Option('--io <kind>', 'how links are read and written, of veth'))
    .addOption(
      new Option(
        '--frame <bytes>',
        'length of a frame without the check sequence, 60 to 1514 or imix, of veth',
      ).argParser(readFrame),
    )
    .addOption(new Option('--html <file>', 'write a page with the latest result of every measurement'))
    .addOption(jsonOption())
    .action(async (name: string, options: PerfOptions) => {
      const passed = name === ALL ? await runAll(options) : await runOne(name, options);
      const { html } = options;
      if (html !== undefined) {
        const report = await loadReport();
        writeFileSync(html, report.formatPage(report.readResults()));
      }
      if (!passed) process.exitCode = EXIT_FAILED;
    });
}

/** Returns true if nothing disturbed the measurement. The result is kept, whatever it is. */
async function runOne(name: string, { json, html: _, ...options }: PerfOptions): Promise<boolean> {
  const measure = await load(name);
  const report = await loadReport();
  const result = await measure(options);
  if (json) printJson(result);
  else process.stdout.write(describe(result));
  report.saveResult(result);
  for (const line of result.disturbances ?? []) process.stderr.write(`lasthop: disturbed: ${line}\n`);
  return (result.disturbances ?? []).length === 0;
}

/** Each in a process of its own, so that none finds what another left in memory. Returns true if all went well. */
async function runAll({ json }: PerfOptions): Promise<boolean> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  let passed = true;
  for (const name of Object.keys(MEASUREMENTS)) {
    process.stderr.write(`lasthop perf ${name}\n`);
    const { status } = spawnSync(process.execPath, [main, 'perf', name, ...(json ? ['--json'] : [])], {
      stdio: 'inherit',
    });
    passed &&= status === EXIT_DONE;
  }
  return passed;
}

function readRuns(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected 1 to 9999');
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && minutes > 0 && minutes <= 1440) return minutes;
  throw new InvalidArgumentError('expected more than 0, at most 1440');
}

function readFrame(text: string): number | 'imix' {
  if (text === 'imix') return text;
  const bytes = Number(text);
  if (/^\d+$/.test(text) && bytes >= 60 && bytes <= 1514) return bytes;
  throw new InvalidArgumentError('expected 60 to 1514, or imix');
}

async function load(name: string): Promise<Measure> {
  const measurement = MEASUREMENTS[name];
  if (measurement === undefined) throw new LasthopError('UNKNOWN_MEASUREMENT', `there is no measurement "${name}"`);
  return (await loadFrom(measurement.module, measurement.entry)) as Measure;
}

async function loadReport(): Promise<Report> {
  return {
    saveResult: (await loadFrom(RESULT_FILES, 'saveResult')) as Report['saveResult'],
    readResults: (await loadFrom(RESULT_FILES, 'readResults')) as Report['readResults'],
    formatPage: (await loadFrom(PAGE, 'formatPage')) as Report['formatPage'],
  };
}

async function loadFrom(path: string, entry: string): Promise<unknown> {
  const url = new URL(path, import.meta.url);
  if (!existsSync(fileURLToPath(url))) {
    throw new LasthopError(
      'NO_MEASUREMENTS',
      'measurements are not installed here, expected a checkout of the sources',
    );
  }
  const module = (await import(url.href)) as { readonly [entry: string]: unknown };
  const found = module[entry];
  if (found === undefined) throw new LasthopError('UNKNOWN_MEASUREMENT', `${path} has no ${entry}`);
  return found;
}

function describe(result: PerfResult): string {
  const figures = Object.entries({ ...result.figures, ...result.ratios });
  const width = Math.max(0, ...figures.map(([name]) => name.length));
  const lines = figures.map(([name, value]) => `  ${name.padEnd(width)}  ${formatFigure(value)}`);
  return [`${result.name} (${result.runs} runs)`, ...lines, ''].join('\n');
}

function formatFigure(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(4);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
