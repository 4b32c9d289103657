import { Option } from 'commander';
import { DEFAULTS } from '../config/defaults.js';

/** `--json`: the same data as the table, with stable keys. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

/** `--socket`: which router is meant. */
export function socketOption(): Option {
  return new Option('--socket <path>', 'control socket of the router')
    .env('LASTHOP_SOCKET')
    .default(DEFAULTS.controlSocket);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
