/**
 * `http-load.js ADDRESS VOLUME RESULT`: load for `http-service.js` until SIGTERM: 100 requests a second, each by a connection of
 * its own, sixteen downloads and an upload at a time, which take seconds and are checked to the last byte. What is under way then
 * is finished. Writes to RESULT, as JSON: requests, downloads and uploads that ended well, by who answered where that is known,
 * and all failures.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , host, volume, result] = argv;
const REQUEST_EVERY_MS = 10;
/** So many that each of a few servers has some. */
const DOWNLOADS = 16;
const UPLOAD_PIECE_BYTES = 1 << 16;
const UPLOAD_PIECE_MS = 62;

const file = readFileSync(`${volume}/file`);
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
const fileHash = hashOf(file);
const counts = { requests: 0, downloads: 0, uploads: 0, failures: [], answeredBy: {}, slowestRequestMs: 0 };
let isOver = false;
process.on('SIGTERM', () => {
  isOver = true;
});

function call(method, path, send) {
  return new Promise((resolve, reject) => {
    const sent = request({ host, path, method, agent: new Agent({ keepAlive: false }) }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    sent.on('error', reject);
    send(sent).catch(reject);
  });
}

const sendNothing = async (sent) => sent.end();

async function sendFile(sent) {
  for (let at = 0; at < file.length; at += UPLOAD_PIECE_BYTES) {
    sent.write(file.subarray(at, at + UPLOAD_PIECE_BYTES));
    await sleep(UPLOAD_PIECE_MS);
  }
  sent.end();
}

async function attempt(what, act) {
  try {
    await act();
    counts[what]++;
  } catch (error) {
    counts.failures.push(`${what}: ${error.code ?? error.message}`);
    await sleep(100);
  }
}

async function ask() {
  const begun = performance.now();
  const name = String(await call('GET', '/', sendNothing));
  counts.answeredBy[name] = (counts.answeredBy[name] ?? 0) + 1;
  counts.slowestRequestMs = Math.max(counts.slowestRequestMs, Math.round(performance.now() - begun));
}

async function download() {
  const hash = hashOf(await call('GET', '/file', sendNothing));
  if (hash !== fileHash) throw new Error(`hash ${hash}, expected ${fileHash}`);
}

async function upload() {
  const hash = String(await call('POST', '/file', sendFile));
  if (hash !== fileHash) throw new Error(`hash ${hash}, expected ${fileHash}`);
}

async function repeat(what, act) {
  while (!isOver) await attempt(what, act);
}

async function askAgainAndAgain() {
  const under = new Set();
  while (!isOver) {
    const one = attempt('requests', ask).finally(() => under.delete(one));
    under.add(one);
    await sleep(REQUEST_EVERY_MS);
  }
  await Promise.all(under);
}

/** One after the other: at any time some have just begun and some are about to end. */
const transfers = Array.from({ length: DOWNLOADS }, (_, index) =>
  sleep((4000 * index) / DOWNLOADS).then(() => repeat('downloads', download)),
);
await Promise.all([askAgainAndAgain(), ...transfers, repeat('uploads', upload)]);
writeFileSync(result, JSON.stringify(counts));
