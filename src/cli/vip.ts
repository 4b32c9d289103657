import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ApiClient } from '../api/client.js';
import { LasthopError } from '../base/errors.js';
import { jsonOption, printJson, socketOption } from './output.js';
import { subjectCommand } from './show.js';
import { SUBJECTS } from './show-subjects.js';

interface DrainOptions {
  readonly socket: string;
  readonly json?: true;
  readonly limit: number;
  readonly wait: boolean;
}

/** What `vips` says of one of them. */
interface VipRow {
  readonly name: string;
  readonly state: string;
  readonly drained: boolean;
  readonly openConnections: number | null;
  readonly reason: string | null;
  readonly move: { readonly to: string; readonly phase: string; readonly reason: string | null } | null;
}

interface MoveOptions extends DrainOptions {
  readonly all?: true;
  readonly to: string;
}

const DEFAULT_LIMIT_SECONDS = 60;
const LOOK_INTERVAL_MS = 500;

/** `lasthop vip …`: what can be done with VIPs. */
export function vipCommand(): Command {
  const command = new Command('vip').description('virtual IP addresses of a running router');
  const vips = SUBJECTS.find(({ name }) => name === 'vips');
  if (vips !== undefined) command.addCommand(subjectCommand({ ...vips, name: 'list' }));
  return command.addCommand(moveCommand()).addCommand(drainCommand()).addCommand(undrainCommand());
}

function drainCommand(): Command {
  return new Command('drain')
    .description('have others serve a VIP: it stays here as a last resort while its TCP connections last')
    .argument('<name>', 'a VIP of the configuration')
    .addOption(limitOption('withdraw it then, whatever is open'))
    .option('--no-wait', 'return at once')
    .addOption(socketOption())
    .addOption(jsonOption())
    .action((name: string, options: DrainOptions) =>
      withClient(options.socket, (client) => drain(client, name, options)),
    );
}

function moveCommand(): Command {
  return new Command('move')
    .description('give an exclusive VIP to another router: its TCP connections live on here, for what they last')
    .argument('[name]', 'a VIP of the configuration, which is served here')
    .option('--all', 'in place of a name: all exclusive VIPs that are served here')
    .requiredOption('--to <router>', 'name or router ID of the router that is to have it')
    .addOption(limitOption('end connections then, whatever is open'))
    .option('--no-wait', 'return at once')
    .addOption(socketOption())
    .addOption(jsonOption())
    .action((name: string | undefined, options: MoveOptions, command: Command) => {
      if ((name === undefined) === (options.all === undefined)) {
        command.error('error: expected the name of a VIP, or --all');
      }
      return withClient(options.socket, (client) =>
        name === undefined ? moveAll(client, options) : move(client, name, options),
      );
    });
}

function limitOption(description: string): Option {
  return new Option('--limit <seconds>', description).default(DEFAULT_LIMIT_SECONDS).argParser(readSeconds);
}

function undrainCommand(): Command {
  return new Command('undrain')
    .description('serve a drained VIP here again')
    .argument('<name>', 'a VIP of the configuration')
    .addOption(socketOption())
    .action((name: string, { socket }: { socket: string }) =>
      withClient(socket, async (client) => {
        await client.call('vip-undrain', { name });
      }),
    );
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0)) throw new InvalidArgumentError('Expected a number of seconds, 0 or more.');
  return seconds;
}

async function withClient(socket: string, act: (client: ApiClient) => Promise<void>): Promise<void> {
  const client = await ApiClient.connect(socket);
  try {
    await act(client);
  } finally {
    client.close();
  }
}

async function drain(client: ApiClient, name: string, options: DrainOptions): Promise<void> {
  await client.call('vip-drain', { name, limitSeconds: options.limit });
  await follow(client, name, options, describeDrain, (vip) => {
    if (!vip.drained) throw new LasthopError('UNDRAINED', `the VIP "${name}" was undrained meanwhile`);
    return vip.state === 'released';
  });
}

async function move(client: ApiClient, name: string, options: MoveOptions): Promise<void> {
  await client.call('vip-move', { name, to: options.to, limitSeconds: options.limit });
  await follow(client, name, options, describeMove, ({ move: last }) => {
    if (last?.phase === 'failed') {
      throw new LasthopError('MOVE_FAILED', `the VIP "${name}" was not moved to ${last.to}: ${last.reason}`);
    }
    return last === null || last.phase === 'done';
  });
}

async function moveAll(client: ApiClient, { to, limit, wait, json }: MoveOptions): Promise<void> {
  await client.call('vip-move', { all: true, to, limitSeconds: limit });
  let told = '';
  for (;;) {
    const vips = ((await client.call('vips')) as readonly VipRow[]).filter(({ move: last }) => last !== null);
    const news = describeAll(vips);
    if (news !== told) process.stderr.write(`${news}\n`);
    told = news;
    const failed = vips.filter(({ move: last }) => last?.phase === 'failed');
    if (!wait || vips.every(({ move: last }) => isMoveOver(last?.phase))) {
      if (json) printJson(vips);
      if (failed.length === 0) return;
      const [first] = failed;
      throw new LasthopError(
        'MOVE_FAILED',
        `${failed.length} VIPs were not moved; "${first?.name}": ${first?.move?.reason}`,
      );
    }
    await sleep(LOOK_INTERVAL_MS);
  }
}

function isMoveOver(phase: string | undefined): boolean {
  return phase === 'done' || phase === 'failed';
}

/** How many are in which phase. */
function describeAll(vips: readonly VipRow[]): string {
  const counts = new Map<string, number>();
  for (const { move: last } of vips) counts.set(last?.phase ?? '', (counts.get(last?.phase ?? '') ?? 0) + 1);
  return [...counts].map(([phase, count]) => `${phase}: ${count}`).join(', ');
}

/** Says on the standard error how the VIP stands, each time that it changes, until `isOver`. */
async function follow(
  client: ApiClient,
  name: string,
  options: DrainOptions,
  describe: (vip: VipRow) => string,
  isOver: (vip: VipRow) => boolean,
): Promise<void> {
  let told = '';
  for (;;) {
    const vip = await viewOf(client, name);
    const over = isOver(vip);
    const news = describe(vip);
    if (news !== told) process.stderr.write(`${news}\n`);
    told = news;
    if (!options.wait || over) {
      if (options.json) printJson(vip);
      return;
    }
    await sleep(LOOK_INTERVAL_MS);
  }
}

async function viewOf(client: ApiClient, name: string): Promise<VipRow> {
  const vips = (await client.call('vips')) as readonly VipRow[];
  const vip = vips.find((each) => each.name === name);
  if (vip === undefined) throw new LasthopError('NO_SUCH_VIP', `the VIP "${name}" left the configuration meanwhile`);
  return vip;
}

function describeDrain({ name, state, openConnections, reason }: VipRow): string {
  const waits = reason === null ? '' : ` (${reason})`;
  const open = openConnections === null || state !== 'draining' ? '' : `, open connections: ${openConnections}`;
  return `${name}: ${state}${waits}${open}`;
}

const MOVE_TEXTS: { readonly [phase: string]: string } = {
  offering: 'waiting for it to make ready',
  giving: 'it is ready, and is to have it now',
  moving: 'it serves all new connections',
  done: 'done',
};

function describeMove({ name, move: last, openConnections }: VipRow): string {
  if (last === null) return `${name}: not moved`;
  const open = openConnections === null || last.phase !== 'moving' ? '' : `, open here: ${openConnections}`;
  return `${name} to ${last.to}: ${MOVE_TEXTS[last.phase] ?? last.phase}${open}`;
}
