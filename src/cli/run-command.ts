import { Command, Option } from 'commander';
import { DEFAULT_CONFIG_PATH } from './config-file.js';
import type { RunOptions } from './run.js';

export function runCommand(): Command {
  return new Command('run')
    .description('run a router until SIGTERM or SIGINT; SIGHUP reads the configuration again')
    .option('--config <file>', 'configuration file', DEFAULT_CONFIG_PATH)
    .addOption(new Option('--socket <path>', 'control socket, in place of the configured one').env('LASTHOP_SOCKET'))
    .addOption(new Option('--log <format>', 'how to log to stderr').choices(['text', 'json']).default('text'))
    .option('--record <directory>', 'record OSPF there, without keys, for a report of what goes wrong')
    .action(async (options: RunOptions) => {
      // The native addon is loaded only by those who forward: the other commands work without it.
      const { run } = await import('./run.js');
      process.exitCode = await run(options);
    });
}
