import { ApiClient } from '../api/client.js';
import { LasthopError } from '../base/errors.js';
import type { LabStatus } from '../lab/keeper-messages.js';
import { LabRegistry } from '../lab/registry.js';
import { parseLinkEnd } from '../lab/topology.js';
import type { LabFile } from './lab.js';
import { formatLabs, type LabRow } from './lab-report.js';
import { useLab } from './lab-run.js';
import { printJson } from './output.js';

/** What can be done to a link of a lab that is up. */
export type LabCall = 'fail' | 'restore';

/** Builds a lab and leaves it up. */
export function labUp(file: LabFile): Promise<void> {
  const listener = { onStep: () => {}, onLogs: () => {} };
  return useLab(file, { scenario: false, keep: true }, listener, async () => {});
}

/** Removes one lab, or all: then it is no error if there is none. Throws LasthopError if the named one is not up. */
export async function endLabs(name: string | undefined, all: boolean): Promise<void> {
  if ((name === undefined) !== all) {
    throw new LasthopError('USAGE', 'expected the name of a lab or --all', 'lasthop lab status');
  }
  const registry = new LabRegistry();
  const labs = name === undefined ? registry.list() : [registry.get(name)];
  for (const lab of labs) await registry.end(lab);
  process.stdout.write(labs.length === 0 ? 'no lab is up\n' : `removed ${labs.map((lab) => lab.lab).join(', ')}\n`);
}

export async function listLabs(json: boolean): Promise<void> {
  const registry = new LabRegistry();
  const labs: LabRow[] = [];
  for (const { lab, file, pid } of registry.list()) {
    labs.push({ lab, file, pid, ...(await ask(registry.socketPath(lab), 'status', {})) });
  }
  if (json) printJson(labs);
  else process.stdout.write(formatLabs(labs));
}

/** Asks a lab to do something to a link, and says that it is done and which other links are failed. */
export async function callLab(
  name: string,
  call: LabCall,
  params: { readonly link: string; readonly silent: boolean },
): Promise<void> {
  if (parseLinkEnd(params.link) === undefined) throw malformedLinkEnd(params.link);
  const registry = new LabRegistry();
  const { failedLinks } = await ask(registry.socketPath(registry.get(name).lab), call, params);
  const mode = failedLinks.find(({ link }) => link === params.link)?.mode;
  const others = failedLinks.filter(({ link }) => link !== params.link).map(({ link, mode }) => `${link} (${mode})`);
  const done = mode === undefined ? `restored ${params.link}` : `failed ${params.link} (${mode})`;
  const still = others.length === 0 ? '' : `; still failed: ${others.join(', ')}`;
  process.stdout.write(`${done}${still}\n`);
}

/** Wrong usage: what should name an end of a link does not. */
export function malformedLinkEnd(text: string): LasthopError {
  return new LasthopError('USAGE', `"${text}" is not NODE:LINK such as server:eth1`);
}

/** The status of a lab that is up. Throws LasthopError if it is not. */
export function labStatus(name: string): Promise<LabStatus> {
  const registry = new LabRegistry();
  return ask(registry.socketPath(registry.get(name).lab), 'status', {});
}

async function ask(socketPath: string, method: string, params: object): Promise<LabStatus> {
  const client = await ApiClient.connect(socketPath);
  try {
    return (await client.call(method, { ...params })) as LabStatus;
  } finally {
    client.close();
  }
}
