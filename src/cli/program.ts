import { createRequire } from 'node:module';
import { Command } from 'commander';
import { checkCommand } from './check.js';
import { doctorCommand } from './doctor.js';
import { labCommand } from './lab.js';
import { perfCommand } from './perf.js';
import { reloadCommand } from './reload.js';
import { runCommand } from './run-command.js';
import { showCommand, vipCommand } from './show.js';

const { version } = createRequire(import.meta.url)('../../../package.json') as { readonly version: string };

/** The whole command line. Failures are thrown: CommanderError for wrong usage, whatever a command throws otherwise. */
export function createProgram(): Command {
  const program = new Command('lasthop')
    .description('a userspace router: an IP address that stays reachable whatever wire, subnet or router fails')
    .version(version)
    // `lab exec` hands options on to the command that it runs.
    .enablePositionalOptions()
    .showHelpAfterError('(lasthop --help shows what there is)');
  for (const command of [
    runCommand(),
    checkCommand(),
    reloadCommand(),
    showCommand(),
    vipCommand(),
    labCommand(),
    perfCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command);
  }
  throwInsteadOfExit(program);
  return program;
}

/** `addCommand` hands down no settings. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
