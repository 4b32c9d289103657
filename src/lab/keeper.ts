import { cpSync, lstatSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenAt } from '../api/control-socket.js';
import { createApiServer } from '../api/server.js';
import { LasthopError } from '../base/errors.js';
import type { FromKeeper, LabStatus, LogTail, ToKeeper } from './keeper-messages.js';
import { LAB_DIRECTORY, Lab, nodeControlSocket } from './lab.js';
import { readLab } from './lab-file.js';
import { runScenario } from './scenario-runner.js';
import { Scene } from './scene.js';
import { parseLinkEnd } from './topology.js';

// Program: the first process inside a lab's isolation. It builds the lab, runs its scenario, and holds it until it is
// told to stay or the command that started it goes away. With it, everything in the lab ends.

const LOG_TAIL_LINES = 12;

let lab: Lab | undefined;
let staying = false;

process.on('message', (message: ToKeeper) => {
  const work = message.type === 'build' ? build(message) : stay(message.socketPath);
  work.catch(abandon);
});
process.on('disconnect', () => {
  if (!staying) process.exit(0);
});
process.on('uncaughtException', abandon);

async function build(order: Extract<ToKeeper, { type: 'build' }>): Promise<void> {
  lab = new Lab(readLab(order.file, order.text), order.pid);
  await lab.start();
  tell({ type: 'started' });
  if (!order.scenario) return;
  const result = await runScenario(new Scene(lab), lab.description.steps, (step) => tell({ type: 'step', step }));
  if (!result.passed) tellLogs(lab);
  tell({ type: 'result', result });
}

async function stay(socketPath: string): Promise<void> {
  const server = createApiServer({
    call: (method, params) => answer(method, String(params.link ?? ''), params.silent === true),
    watch: () => () => {},
  });
  await listenAt(server, socketPath);
  staying = true;
  tell({ type: 'staying' });
}

async function answer(method: string, link: string, silent: boolean): Promise<unknown> {
  if (lab === undefined) throw new LasthopError('LAB', 'the lab is not built yet');
  if (method === 'status') return statusOf(lab);
  const end = parseLinkEnd(link);
  if (end === undefined) throw new LasthopError('LAB', `"${link}" is not NODE:LINK such as server:eth1`);
  if (method === 'fail') await lab.wiring.fail(end, silent ? 'silent' : 'carrier');
  else if (method === 'restore') await lab.wiring.restore(end);
  else throw new LasthopError('LAB', `a lab cannot ${method}, expected status, fail or restore`);
  return statusOf(lab);
}

function statusOf({ description, nodes, wiring }: Lab): LabStatus {
  const ends = description.links.flatMap((link) => link.ends);
  return {
    nodes: [...description.nodes].map(([name, { kind }]) => ({
      node: name,
      kind,
      namespace: wiring.namespaceOf(name),
      links: ends.filter((end) => end.node === name).map((end) => end.link),
      socket: kind === 'lasthop' ? nodeControlSocket(name) : null,
      failure: nodes.get(name)?.failure ?? null,
    })),
    failedLinks: wiring.failedLinks(),
  };
}

/** Shows the ends of the logs, and copies the nodes' files to where they outlive the lab. */
function tellLogs({ description, nodes }: Lab): void {
  const all: LogTail[] = [...nodes].map(([name, node]) => ({ node: name, text: node.logTail(LOG_TAIL_LINES) }));
  const tails = all.filter(({ text }) => text.trim() !== '');
  if (tails.length === 0) return;
  const directory = mkdtempSync(join(tmpdir(), `lasthop-lab-${description.name}-`));
  cpSync(LAB_DIRECTORY, directory, { recursive: true, filter: (path) => !lstatSync(path).isSocket() });
  tell({ type: 'logs', directory, tails });
}

function tell(message: FromKeeper): void {
  if (process.connected) process.send?.(message);
}

function abandon(error: Error): void {
  const known = error instanceof LasthopError;
  const message = known ? error.message : `${error.message} (this is a defect of the lab)`;
  const failed: FromKeeper = {
    type: 'failed',
    code: known ? error.code : 'LAB',
    message,
    hint: known ? error.hint : process.env.LASTHOP_DEBUG === '1' ? error.stack : undefined,
  };
  if (!process.connected) process.exit(1);
  process.send?.(failed, () => process.exit(1));
}
