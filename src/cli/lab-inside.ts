import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LasthopError } from '../base/errors.js';
import { childrenOf } from '../lab/isolation.js';
import type { NodeStatus } from '../lab/keeper-messages.js';
import { labEnvironment } from '../lab/program.js';
import { LabRegistry } from '../lab/registry.js';
import { parseLinkEnd } from '../lab/topology.js';
import { EXIT_FAILED } from './exit-code.js';
import { labStatus, malformedLinkEnd } from './lab-background.js';

const CAPTURE_WRITER = fileURLToPath(new URL('../lab/capture-writer.js', import.meta.url));
const STDOUT = '-';
/** libpcap looks for an address to go with filters on networks, and the package warns of what is no fault: there is none. */
const NEEDLESS_WARNING = /^Warning: .*: no IPv4 address assigned - /;

/** Runs a command in a node of a lab that is up, with this terminal; returns its exit code. */
export async function runInLab(lab: string, node: string, command: readonly string[]): Promise<number> {
  const { socket, namespace } = await nodeOf(lab, node);
  const settings = socket === null ? [] : [`LASTHOP_SOCKET=${socket}`];
  return enter(lab, namespace, ['env', `--chdir=${process.cwd()}`, ...settings, ...command]);
}

/**
 * Captures on a link of a lab that is up until it is interrupted. The file is opened here, since what is mounted inside
 * the lab may differ. Needs the package `cap`.
 */
export async function captureInLab(lab: string, link: string, file: string, filter: string): Promise<number> {
  const end = parseLinkEnd(link);
  if (end === undefined) throw malformedLinkEnd(link);
  const { namespace, links } = await nodeOf(lab, end.node);
  if (!links.includes(end.link)) {
    throw new LasthopError('LAB', `node ${end.node} has no link ${end.link}, expected one of ${links.join(', ')}`);
  }
  const name = file === STDOUT ? 'stdout' : file;
  const command = [process.execPath, CAPTURE_WRITER, end.link, name, filter];
  if (file === STDOUT) return enter(lab, namespace, command, ['inherit', 'inherit', 'pipe']);
  const output = openOutput(file);
  try {
    return await enter(lab, namespace, command, ['inherit', output, 'pipe']);
  } finally {
    closeSync(output);
  }
}

function openOutput(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    throw new LasthopError('CAPTURE', `cannot write to ${file}: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

async function nodeOf(lab: string, name: string): Promise<NodeStatus> {
  const { nodes } = await labStatus(lab);
  const found = nodes.find(({ node }) => node === name);
  if (found !== undefined) return found;
  const names = nodes.map(({ node }) => node).join(', ');
  throw new LasthopError('LAB', `lab ${lab} has no node ${name}, expected one of ${names}`);
}

/** Runs a command in the lab's mounts and processes and in one network namespace of it. Piped stderr is relayed by lines. */
function enter(
  lab: string,
  namespace: string,
  command: readonly string[],
  stdio: StdioOptions = 'inherit',
): Promise<number> {
  const { pid, unprivileged } = new LabRegistry().get(lab);
  const user = unprivileged ? ['--user', '--preserve-credentials'] : [];
  const args = [
    '--target',
    String(pid),
    ...user,
    '--mount',
    '--pid',
    '--',
    'ip',
    'netns',
    'exec',
    namespace,
    ...command,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('nsenter', args, { stdio, env: labEnvironment() });
    if (child.stderr !== null) relayErrors(child.stderr);
    // nsenter waits for the command and hands on no signals.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, signal);
      });
    }
    child.once('error', (error) => reject(new LasthopError('LAB', `cannot enter the lab: ${error.message}`)));
    child.once('close', (code) => resolve(code ?? EXIT_FAILED));
  });
}

function relayErrors(stderr: Readable): void {
  createInterface({ input: stderr }).on('line', (line) => {
    if (!NEEDLESS_WARNING.test(line)) process.stderr.write(`${line}\n`);
  });
}
