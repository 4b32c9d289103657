/**
 * `crowd-probe.js COUNT RESULT`: asks `crowd-echo.js` at each address ten times a second. SIGUSR1: something is about to happen.
 * SIGUSR2 writes to RESULT, as JSON: who answered last at how many addresses, the longest time without an answer since SIGUSR1,
 * and the time from SIGUSR1 until the last address was answered first by another server than before. SIGTERM ends it.
 */
import { createSocket } from 'node:dgram';
import { renameSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { addressOf } from './crowd-address.js';

const [, , count, result] = argv;
const ROUND_MS = 100;
const SLICES = 10;

const targets = Array.from({ length: Number(count) }, (_, index) => addressOf(index));
const seen = new Map(targets.map((address) => [address, { name: '', atMs: 0, changedMs: 0, longestMs: 0 }]));
let beganMs = performance.now();

const socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 });
socket.on('error', () => {});
socket.on('message', (message, { address }) => {
  const each = seen.get(address);
  if (each === undefined) return;
  const nowMs = performance.now();
  const name = String(message);
  if (name !== each.name) each.changedMs = nowMs;
  if (each.atMs > 0) each.longestMs = Math.max(each.longestMs, nowMs - Math.max(each.atMs, beganMs));
  each.name = name;
  each.atMs = nowMs;
});

let slice = 0;
setInterval(() => {
  for (let index = slice; index < targets.length; index += SLICES) socket.send('?', 7, targets[index], () => {});
  slice = (slice + 1) % SLICES;
}, ROUND_MS / SLICES);

process.on('SIGUSR1', () => {
  beganMs = performance.now();
  for (const each of seen.values()) each.longestMs = 0;
});
process.on('SIGUSR2', () => {
  const all = [...seen.values()];
  const answeredBy = {};
  for (const { name } of all) answeredBy[name] = (answeredBy[name] ?? 0) + 1;
  const longestOutageMs = Math.round(Math.max(...all.map(({ longestMs }) => longestMs)));
  const lastAnswerMs = Math.round(Math.max(...all.map(({ changedMs }) => changedMs)) - beganMs);
  writeFileSync(`${result}.new`, JSON.stringify({ answeredBy, longestOutageMs, lastAnswerMs }));
  renameSync(`${result}.new`, result);
});
process.on('SIGTERM', () => process.exit(0));
// Signals may come from now on.
writeFileSync(result, '{}');
