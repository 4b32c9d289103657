import { Command } from 'commander';
import { formatProblem } from '../config/problem.js';
import { readConfigFile } from './config-file.js';
import { jsonOption, printJson } from './output.js';

export function checkCommand(): Command {
  return new Command('check')
    .description('check a configuration file and say all that is wrong with it')
    .argument('<file>', 'configuration file')
    .addOption(jsonOption())
    .action((file: string, options: { json?: true }) => {
      const { config, warnings } = readConfigFile(file);
      const summary = {
        file,
        links: config.links.length,
        routes: config.routes.length,
        ospfInterfaces: config.ospf?.interfaces.length ?? 0,
        vips: config.vips.length,
        warnings,
      };
      if (options.json) printJson(summary);
      else {
        for (const { message, ...place } of warnings) {
          process.stdout.write(`${formatProblem(file, { ...place, message: `warning: ${message}` })}\n`);
        }
        const { links, routes, ospfInterfaces, vips } = summary;
        const parts = `links: ${links}, static routes: ${routes}, OSPF interfaces: ${ospfInterfaces}, VIPs: ${vips}`;
        process.stdout.write(`${file}: good (${parts})\n`);
      }
    });
}
