/**
 * `http-service.js VOLUME`: an HTTP service on port 80. What it has lies in a volume that all its instances share.
 *
 *   GET /            who answers
 *   GET /file        4 MiB of the volume, at 1 MiB a second
 *   POST /file       takes what is sent; answers with its SHA-256
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , volume, name] = argv;
const CHUNK_BYTES = 1 << 16;
const CHUNK_MS = 62;

async function sendFile(response) {
  const file = readFileSync(`${volume}/file`);
  response.writeHead(200, { 'content-length': file.length });
  for (let at = 0; at < file.length && !response.destroyed; at += CHUNK_BYTES) {
    response.write(file.subarray(at, at + CHUNK_BYTES));
    await sleep(CHUNK_MS);
  }
  response.end();
}

async function takeFile(request, response) {
  const hash = createHash('sha256');
  for await (const chunk of request) hash.update(chunk);
  response.end(hash.digest('hex'));
}

const server = createServer((request, response) => {
  response.on('error', () => {});
  if (request.url !== '/file') response.end(name);
  else if (request.method === 'POST') takeFile(request, response).catch(() => response.destroy());
  else sendFile(response);
});
server.keepAliveTimeout = 1000;
server.listen(80, '0.0.0.0');
