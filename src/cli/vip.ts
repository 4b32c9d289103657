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
}

const DEFAULT_LIMIT_SECONDS = 60;
const LOOK_INTERVAL_MS = 500;

/** `lasthop vip …`: what can be done with VIPs. */
export function vipCommand(): Command {
  const command = new Command('vip').description('virtual IP addresses of a running router');
  const vips = SUBJECTS.find(({ name }) => name === 'vips');
  if (vips !== undefined) command.addCommand(subjectCommand({ ...vips, name: 'list' }));
  return command.addCommand(drainCommand()).addCommand(undrainCommand());
}

function drainCommand(): Command {
  return new Command('drain')
    .description('have others serve a VIP: it stays here as a last resort while its TCP connections last')
    .argument('<name>', 'a VIP of the configuration')
    .addOption(
      new Option('--limit <seconds>', 'withdraw it then, whatever is open')
        .default(DEFAULT_LIMIT_SECONDS)
        .argParser(readSeconds),
    )
    .option('--no-wait', 'return at once')
    .addOption(socketOption())
    .addOption(jsonOption())
    .action((name: string, options: DrainOptions) =>
      withClient(options.socket, (client) => drain(client, name, options)),
    );
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

/** Says on the standard error what it waits for. */
async function drain(client: ApiClient, name: string, options: DrainOptions): Promise<void> {
  await client.call('vip-drain', { name, limitSeconds: options.limit });
  let told = '';
  for (;;) {
    const vip = await viewOf(client, name);
    const news = describe(vip);
    if (news !== told) process.stderr.write(`${news}\n`);
    told = news;
    if (!options.wait || vip.state === 'released') {
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
  if (!vip.drained) throw new LasthopError('UNDRAINED', `the VIP "${name}" was undrained meanwhile`);
  return vip;
}

function describe({ name, state, openConnections, reason }: VipRow): string {
  const waits = reason === null ? '' : ` (${reason})`;
  const open = openConnections === null || state !== 'draining' ? '' : `, open connections: ${openConnections}`;
  return `${name}: ${state}${waits}${open}`;
}
