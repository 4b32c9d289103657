import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { LasthopError } from '../base/errors.js';
import { jsonOption, printJson } from './output.js';

/** What a measurement ends with. */
interface PerfResult {
  readonly name: string;
  readonly machine: unknown;
  readonly runs: number;
  readonly figures: { readonly [name: string]: unknown };
  readonly ratios: { readonly [name: string]: number };
}

interface MeasureOptions {
  readonly table?: string;
  readonly runs?: number;
  readonly minutes?: number;
  readonly io?: string;
  readonly frame?: number | 'imix';
}

type Measure = (options: MeasureOptions) => Promise<PerfResult>;

/** The measurements live beside the sources, not in the router: each is loaded only when it is asked for. */
const MEASUREMENTS: { readonly [name: string]: { readonly module: string; readonly entry: string } } = {
  'forward-core': { module: '../../perf/forwarding/forward-core.js', entry: 'runForwardCore' },
  spf: { module: '../../perf/convergence/spf.js', entry: 'runSpf' },
  failover: { module: '../../perf/convergence/failover.js', entry: 'runFailover' },
  bfd: { module: '../../perf/convergence/bfd-load.js', entry: 'runBfdLoad' },
  veth: { module: '../../perf/forwarding/veth.js', entry: 'runVeth' },
  check: { module: '../../perf/forwarding/veth.js', entry: 'runHarnessCheck' },
  micro: { module: '../../perf/micro/micro.js', entry: 'runMicro' },
};

export function perfCommand(): Command {
  return new Command('perf')
    .description('measure a part of lasthop on this machine')
    .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(MEASUREMENTS)))
    .addOption(new Option('--table <file>', 'prefixes to measure with, one a line, gzip allowed'))
    .addOption(new Option('--runs <number>', 'how often to measure, of failover').argParser(readRuns))
    .addOption(new Option('--minutes <number>', 'how long to measure, of bfd').argParser(readMinutes))
    .addOption(jsonOption())
    .action(async (name: string, { json, ...options }: MeasureOptions & { json?: true }) => {
      const measure = await load(name);
      const result = await measure(options);
      if (json) printJson(result);
      else process.stdout.write(describe(result));
    });
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

async function load(name: string): Promise<Measure> {
  const measurement = MEASUREMENTS[name];
  if (measurement === undefined) throw new LasthopError('UNKNOWN_MEASUREMENT', `there is no measurement "${name}"`);
  const url = new URL(measurement.module, import.meta.url);
  if (!existsSync(fileURLToPath(url))) {
    throw new LasthopError(
      'NO_MEASUREMENTS',
      'measurements are not installed here, expected a checkout of the sources',
    );
  }
  const module = (await import(url.href)) as { readonly [entry: string]: Measure };
  const measure = module[measurement.entry];
  if (measure === undefined)
    throw new LasthopError('UNKNOWN_MEASUREMENT', `${measurement.module} has no ${measurement.entry}`);
  return measure;
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
