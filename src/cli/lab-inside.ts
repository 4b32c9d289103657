import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LasthopError } from '../base/errors.js';
import { childrenOf } from '../lab/isolation.js';
import type { NodeStatus } from '../lab/keeper-messages.js';
import { labEnvironment } from '../lab/program.js';
import { LabRegistry } from '../lab/registry.js';
import { parseLinkEnd } from '../lab/topology.js';
import { EXIT_FAILED } from './exit-code.js';
import { labStatus } from './lab-background.js';

const CAPTURE_WRITER = fileURLToPath(new URL('../lab/capture-writer.js', import.meta.url));
const STDOUT = '-';

/** Runs a command in a node of a lab that is up, with this terminal; returns its exit code. */
export async function runInLab(lab: string, node: string, command: readonly string[]): Promise<number> {
  const { socket, namespace } = await nodeOf(lab, node);
  const settings = socket === null ? [] : [`LASTHOP_SOCKET=${socket}`];
  return enter(lab, namespace, ['env', `--chdir=${process.cwd()}`, ...settings, ...command]);
}

/** Captures on a link of a lab that is up until it is interrupted. Needs the package `cap`. */
export async function captureInLab(lab: string, link: string, file: string, filter: string): Promise<number> {
  const end = parseLinkEnd(link);
  if (end === undefined) throw new LasthopError('USAGE', `"${link}" is not NODE:LINK such as server:eth1`);
  const { namespace, links } = await nodeOf(lab, end.node);
  if (!links.includes(end.link)) {
    throw new LasthopError('LAB', `node ${end.node} has no link ${end.link}, expected one of ${links.join(', ')}`);
  }
  const output = file === STDOUT ? STDOUT : resolve(file);
  return enter(lab, namespace, [process.execPath, CAPTURE_WRITER, end.link, output, filter]);
}

async function nodeOf(lab: string, name: string): Promise<NodeStatus> {
  const { nodes } = await labStatus(lab);
  const found = nodes.find(({ node }) => node === name);
  if (found !== undefined) return found;
  const names = nodes.map(({ node }) => node).join(', ');
  throw new LasthopError('LAB', `lab ${lab} has no node ${name}, expected one of ${names}`);
}

/** Runs a command in the lab's mounts and processes and in one network namespace of it. */
function enter(lab: string, namespace: string, command: readonly string[]): Promise<number> {
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
    const child = spawn('nsenter', args, { stdio: 'inherit', env: labEnvironment() });
    // nsenter waits for the command and hands on no signals.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, signal);
      });
    }
    child.once('error', (error) => reject(new LasthopError('LAB', `cannot enter the lab: ${error.message}`)));
    child.once('exit', (code) => resolve(code ?? EXIT_FAILED));
  });
}
