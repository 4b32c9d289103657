import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ScratchNamespace } from './scratch-namespace.js';

/*
 * Numbered datagrams of several flows between two processes. As a program: `receive PORT` prints a line when it listens,
 * and what it saw (`FlowsSeen`) when its input ends; `send ADDRESS PORT FLOWS DATAGRAMS` sends that many of each flow, and
 * more until its input ends.
 */

/** What the receiver saw of how many. */
export interface FlowsSeen {
  readonly sent: number;
  readonly datagrams: number;
  /** Source ports. */
  readonly flows: number;
  /** Datagrams that came after a later one of their flow. */
  readonly late: number;
  /** Datagrams that reached the host and that the receiver, which was too slow, is not to blame anybody else for. */
  readonly overrun: number;
}

const PORT = '5302';
const BURST = 16;

/** Sends `datagrams` of each flow to `address`, which is in `to`, and more until `during` is done. */
export async function sendFlows(
  from: ScratchNamespace,
  to: ScratchNamespace | undefined,
  address: string,
  flows: number,
  datagrams: number,
  during: () => Promise<void> = async () => {},
): Promise<FlowsSeen> {
  const receiver = start(to, 'receive', PORT);
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const sender = start(from, 'send', address, PORT, String(flows), String(datagrams));
  const totals = createInterface(sender.stdout)[Symbol.asyncIterator]();
  await during();
  sender.stdin.end();
  const { value: sent } = await totals.next();
  receiver.stdin.end();
  const { value } = await lines.next();
  return { sent: Number(sent), ...JSON.parse(value) };
}

function start(where: ScratchNamespace | undefined, ...words: string[]): ChildProcessWithoutNullStreams {
  const program = [process.execPath, fileURLToPath(import.meta.url), ...words];
  const [command, ...rest] = where === undefined ? program : ['ip', 'netns', 'exec', where.name, ...program];
  const child = spawn(command, rest);
  child.stderr.pipe(process.stderr);
  return child;
}

async function receive(port: number): Promise<void> {
  const last = new Map<number, number>();
  const overrunBefore = overruns();
  let datagrams = 0;
  let late = 0;
  const socket = createSocket({ type: 'udp4', recvBufferSize: 200_000 });
  socket.on('message', (message, { port: flow }) => {
    const number = message.readUInt32BE();
    datagrams++;
    if (number <= (last.get(flow) ?? -1)) late++;
    else last.set(flow, number);
  });
  socket.bind(port);
  await once(socket, 'listening');
  console.log('listening');
  process.stdin.resume();
  await once(process.stdin, 'end');
  // What has arrived by now is read before the socket is closed.
  for (let turn = 0; turn < 100; turn++) await setImmediate();
  socket.close();
  console.log(JSON.stringify({ datagrams, flows: last.size, late, overrun: overruns() - overrunBefore }));
}

/** Datagrams for which sockets of this namespace had no room (RFC 4113 has them among `udpInErrors`). */
function overruns(): number {
  const [names = [], values = []] = readFileSync('/proc/self/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Udp: '))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('RcvbufErrors')]);
}

async function send(address: string, port: number, flows: number, datagrams: number): Promise<void> {
  const sockets: Socket[] = [];
  for (let flow = 0; flow < flows; flow++) {
    const socket = createSocket('udp4');
    socket.connect(port, address);
    await once(socket, 'connect');
    // A neighbor that is lost for a moment is no error here.
    socket.on('error', () => {});
    sockets.push(socket);
  }
  process.stdin.resume();
  let number = 0;
  for (; number < datagrams || !process.stdin.readableEnded; number++) {
    const message = Buffer.alloc(4);
    message.writeUInt32BE(number);
    for (const socket of sockets) socket.send(message, () => {});
    if (number % BURST === BURST - 1) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const socket of sockets) socket.close();
  console.log(number * flows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, ...words] = process.argv.slice(2);
  if (what === 'receive') await receive(Number(words[0]));
  else await send(words[0], Number(words[1]), Number(words[2]), Number(words[3]));
}
