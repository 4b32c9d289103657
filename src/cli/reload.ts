import { Command } from 'commander';
import { ApiClient } from '../api/client.js';
import { jsonOption, printJson, socketOption } from './output.js';

export function reloadCommand(): Command {
  return new Command('reload')
    .description('have a running router read its configuration file again')
    .addOption(socketOption())
    .addOption(jsonOption())
    .action(async (options: { socket: string; json?: true }) => {
      const client = await ApiClient.connect(options.socket);
      try {
        const result = (await client.call('reload')) as { readonly changed: readonly string[] };
        if (options.json) printJson(result);
        else process.stdout.write(`reloaded; changed: ${result.changed.join(', ') || 'nothing'}\n`);
      } finally {
        client.close();
      }
    });
}
