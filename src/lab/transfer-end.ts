import { randomInt } from 'node:crypto';
import { createConnection, createServer, type Socket } from 'node:net';
import { AgentSide } from './agent-side.js';
import { StreamContent, StreamHash } from './stream-content.js';
import type { TransferStatus } from './transfer.js';

// Agent: one end of a transfer. Arguments: `listen` or `connect`, `send` or `receive`, address, port, Mbit/s.
// The sender stops when it is asked to finish, the receiver when the stream ends.

const STATUS_EVERY_MS = 20;
const WRITE_EVERY_MS = 5;
/** After a pause of the network the sender does not make up for more than this. */
const LARGEST_WRITE_BYTES = 1 << 20;

const [role = '', duty = '', address = '', port = '', megabitPerSecond = ''] = process.argv.slice(2);
const bytesPerMs = (Number(megabitPerSecond) * 1e6) / 8 / 1000;
const hash = new StreamHash();
let finishing = false;
let lastMovedMs = performance.now();

const lab = new AgentSide<TransferStatus>(() => {
  finishing = true;
});

function begin(socket: Socket): void {
  socket.on('error', (error) => lab.failed(`the connection broke: ${error.message}`));
  if (duty === 'send') sendPaced(socket);
  else receive(socket);
  setInterval(() => lab.status(status('')), STATUS_EVERY_MS);
}

function status(sha256: string): TransferStatus {
  return { bytes: hash.bytes, quietMs: performance.now() - lastMovedMs, sha256 };
}

function count(chunk: Uint8Array): void {
  hash.update(chunk);
  lastMovedMs = performance.now();
}

function receive(socket: Socket): void {
  socket.on('data', count);
  socket.on('end', () => {
    lab.final(status(hash.digest()));
    socket.end();
  });
}

/** Writes what the rate allows, and nothing while the socket holds back: then the stream is slower than its rate. */
function sendPaced(socket: Socket): void {
  const content = new StreamContent(randomInt(2 ** 32 - 1));
  let lastMs = performance.now();
  let allowance = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    allowance = Math.min(allowance + (nowMs - lastMs) * bytesPerMs, LARGEST_WRITE_BYTES);
    lastMs = nowMs;
    if (finishing) {
      clearInterval(timer);
      socket.end(() => lab.final(status(hash.digest())));
      return;
    }
    if (socket.writableNeedDrain) return;
    const chunk = content.next(Math.floor(allowance));
    allowance -= chunk.length;
    count(chunk);
    socket.write(chunk);
  }, WRITE_EVERY_MS);
  socket.resume();
}

if (role === 'listen') {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    server.close();
    begin(socket);
  });
  server.on('error', (error) => lab.failed(error.message));
  server.listen(Number(port), address, () => lab.ready());
} else {
  const socket = createConnection({ host: address, port: Number(port), allowHalfOpen: true }, () => {
    begin(socket);
    lab.ready();
  });
  socket.once('error', (error) => lab.failed(error.message));
}
