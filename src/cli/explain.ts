import { Command } from 'commander';
import { ApiClient } from '../api/client.js';
import { jsonOption, printJson, socketOption } from './output.js';
import type { Row } from './table.js';

interface Explanation {
  readonly link: string;
  readonly neighbors: readonly Row[];
  readonly findings: readonly Row[];
}

/** `lasthop explain …`: why something is not as it should be, and what to do about it. */
export function explainCommand(): Command {
  const neighbor = new Command('neighbor')
    .description('why there is no OSPF adjacency on a link')
    .argument('<link>', 'name of the link')
    .addOption(socketOption())
    .addOption(jsonOption())
    .action(async (link: string, options: { readonly socket: string; readonly json?: true }) => {
      const client = await ApiClient.connect(options.socket);
      try {
        const explanation = (await client.call('explain-neighbor', { link })) as Explanation;
        if (options.json) printJson(explanation);
        else process.stdout.write(explanationText(explanation));
      } finally {
        client.close();
      }
    });
  return new Command('explain')
    .description('why something is not as it should be, and what to do about it')
    .addCommand(neighbor);
}

/** The neighbors with their states, then each finding with what was seen and what to do. */
export function explanationText({ link, neighbors, findings }: Explanation): string {
  const heard = neighbors.map(
    ({ address, routerId, state, stateAgeSeconds }) =>
      `${link}: ${address} (router ID ${routerId}) is ${state} for ${Math.round(Number(stateAgeSeconds))} s\n`,
  );
  const found = findings.map(
    ({ problem, evidence, fix }) => `${link}: ${problem}\n  seen: ${evidence}\n  to do: ${fix}\n`,
  );
  if (findings.length > 0) return [...heard, ...found].join('');
  const verdict = neighbors.every(isSettled) ? 'nothing is wrong' : 'nothing is known to be wrong so far; ask again';
  return [...heard, `${link}: ${verdict}\n`].join('');
}

/** Full, or on a broadcast network as close as two come of which neither is designated router or its backup. */
function isSettled({ state, role }: Row): boolean {
  return state === 'Full' || (state === '2-Way' && role === 'DROther');
}
