import { Command } from 'commander';
import { ApiClient } from '../api/client.js';
import { socketOption } from './output.js';

/** `lasthop maintenance on|off`. */
export function maintenanceCommand(): Command {
  return new Command('maintenance')
    .description('have others serve all virtual IPs while they can, also after a restart')
    .addCommand(switchCommand('on', 'from now on: exclusive VIPs move, all others are a last resort here'))
    .addCommand(switchCommand('off', 'no more: VIPs are served here as configured'));
}

function switchCommand(name: 'on' | 'off', description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(socketOption())
    .action(async ({ socket }: { readonly socket: string }) => {
      const client = await ApiClient.connect(socket);
      try {
        await client.call('maintenance', { on: name === 'on' });
      } finally {
        client.close();
      }
    });
}
