import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ApiClient } from '../api/client.js';
import type { Params } from '../api/protocol.js';
import { parseIpv4 } from '../base/ipv4.js';
import { jsonOption, printJson, socketOption } from './output.js';
import { rowsOf, SUBJECTS, type Subject } from './show-subjects.js';
import { formatTable, type Row } from './table.js';

interface ShowOptions {
  readonly socket: string;
  readonly json?: true;
  readonly watch?: true;
}

/** Between two looks of `--watch`. */
const WATCH_INTERVAL_MS = 1000;

export function showCommand(): Command {
  const command = new Command('show').description('show what a running router knows');
  for (const subject of SUBJECTS) command.addCommand(subjectCommand(subject));
  return command;
}

export function subjectCommand(subject: Subject): Command {
  const command = new Command(subject.name)
    .description(subject.description)
    .addOption(socketOption())
    .addOption(jsonOption())
    .addOption(new Option('--watch', subject.streams ? 'go on with new ones' : 'look again every second'));
  if (subject.argument !== undefined) command.argument(`<${subject.argument}>`, 'an IPv4 address', checkAddress);
  return command.action(async (...given: unknown[]) => {
    const [argument, options] = subject.argument === undefined ? [undefined, given[0]] : given;
    await show(subject, argument as string | undefined, options as ShowOptions);
  });
}

function checkAddress(text: string): string {
  if (parseIpv4(text) === undefined) throw new InvalidArgumentError('Expected an IPv4 address such as 10.0.0.1.');
  return text;
}

async function show(subject: Subject, argument: string | undefined, options: ShowOptions): Promise<void> {
  const params = subject.argument === undefined ? {} : { [subject.argument]: argument };
  const client = await ApiClient.connect(options.socket);
  try {
    if (options.watch && subject.streams) await stream(client, subject, params, options);
    else await look(client, subject, params, options);
  } finally {
    client.close();
  }
}

async function look(client: ApiClient, subject: Subject, params: Params, options: ShowOptions): Promise<void> {
  for (;;) {
    const result = await client.call(subject.method, params);
    if (options.watch && !options.json) process.stdout.write(`${new Date().toISOString()}\n`);
    print(subject, result, options, params);
    if (!options.watch) return;
    await sleep(WATCH_INTERVAL_MS);
    if (!options.json) process.stdout.write('\n');
  }
}

/** Prints what there is, then every new item in a line of its own, until the router ends or the user interrupts. */
async function stream(client: ApiClient, subject: Subject, params: Params, options: ShowOptions): Promise<void> {
  const line = (item: unknown) => {
    const text = options.json ? JSON.stringify(item) : formatTable(subject.columns, [item as Row]).split('\n')[1];
    process.stdout.write(`${text}\n`);
  };
  // What is new may come in one piece with what there is, and is then seen first.
  let show = (item: unknown): void => {
    early.push(item);
  };
  const early: unknown[] = [];
  const items = (await client.watch(subject.method, params, (item) => show(item))) as Row[];
  if (options.json) items.forEach(line);
  else print(subject, items, options, params);
  early.forEach(line);
  show = line;
  await client.closed;
}

/** Nothing to show is no failure: an address without a route is an answer too. */
function print(subject: Subject, result: unknown, options: ShowOptions, params: Params): void {
  if (options.json) {
    if (options.watch) process.stdout.write(`${JSON.stringify(result)}\n`);
    else printJson(result);
    return;
  }
  const rows = rowsOf(subject, result);
  const none = subject.none === undefined || rows.length > 0 ? undefined : subject.none;
  const words = [none, params[subject.argument ?? '']].filter((word) => word !== undefined);
  process.stdout.write(none === undefined ? formatTable(subject.columns, rows) : `${words.join(' ')}\n`);
}
