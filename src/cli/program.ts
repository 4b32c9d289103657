import { createRequire } from 'node:module';
import { Command } from 'commander';

const { version } = createRequire(import.meta.url)('../../../package.json') as { readonly version: string };

/** Every command, loaded only when it is wanted: asking a router something must not wait for what builds labs. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['run', async () => (await import('./run-command.js')).runCommand()],
  ['check', async () => (await import('./check.js')).checkCommand()],
  ['reload', async () => (await import('./reload.js')).reloadCommand()],
  ['show', async () => (await import('./show.js')).showCommand()],
  ['explain', async () => (await import('./explain.js')).explainCommand()],
  ['vip', async () => (await import('./vip.js')).vipCommand()],
  ['maintenance', async () => (await import('./maintenance.js')).maintenanceCommand()],
  ['lab', async () => (await import('./lab.js')).labCommand()],
  ['perf', async () => (await import('./perf.js')).perfCommand()],
  ['doctor', async () => (await import('./doctor.js')).doctorCommand()],
]);

/**
 * The command line for `args`: the command that they name, all of them if they name none, for help and suggestions.
 * Failures are thrown: CommanderError for wrong usage, whatever a command throws otherwise.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('lasthop')
    .description('a userspace router: an IP address that stays reachable whatever wire, subnet or router fails')
    .version(version)
    // `lab exec` hands options on to the command that it runs.
    .enablePositionalOptions()
    .showHelpAfterError('(lasthop --help shows what there is)');
  const named = COMMANDS.get(args.find((arg) => !arg.startsWith('-')) ?? '');
  for (const load of named === undefined ? COMMANDS.values() : [named]) program.addCommand(await load());
  throwInsteadOfExit(program);
  return program;
}

/** `addCommand` hands down no settings. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
