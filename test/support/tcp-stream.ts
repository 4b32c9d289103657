import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../../src/base/random.js';
import type { ScratchNamespace } from './scratch-namespace.js';

/*
 * One TCP stream of pseudo-random bytes between two processes, each of which says what it sent or received. As a program:
 * `receive ADDRESS PORT` prints a line when it listens, `send ADDRESS PORT BYTES`; both end with a `StreamContent` line.
 */

export interface StreamContent {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Sends `sizeBytes` from one place to an address of another; undefined is the test's own namespace. */
export async function stream(
  from: ScratchNamespace | undefined,
  to: ScratchNamespace | undefined,
  address: string,
  sizeBytes: number,
): Promise<{ sent: StreamContent; received: StreamContent }> {
  const receiver = start(to, 'receive', address, '5301');
  await receiver.line();
  const sender = start(from, 'send', address, '5301', String(sizeBytes));
  const [sent, received] = await Promise.all([sender.line(), receiver.line()]);
  // The connection is closed in both directions before the caller takes the network away.
  await Promise.all([sender.end, receiver.end]);
  return { sent: JSON.parse(sent), received: JSON.parse(received) };
}

interface Program {
  line(): Promise<string>;
  readonly end: Promise<void>;
}

function start(where: ScratchNamespace | undefined, ...words: string[]): Program {
  const program = [process.execPath, fileURLToPath(import.meta.url), ...words];
  const [command, ...rest] = where === undefined ? program : ['ip', 'netns', 'exec', where.name, ...program];
  const child: ChildProcessWithoutNullStreams = spawn(command, rest);
  let text = '';
  let problem = '';
  let wake: () => void = () => {};
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    problem += chunk.toString();
  });
  let ended = false;
  const end = new Promise<void>((resolve) => {
    child.once('close', () => {
      ended = true;
      wake();
      resolve();
    });
  });
  const line = async (): Promise<string> => {
    while (!text.includes('\n')) {
      if (ended) throw new Error(`${words.join(' ')}: ${problem}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const [first] = text.split('\n', 1);
    text = text.slice(first.length + 1);
    return first;
  };
  return { line, end };
}

const CHUNK_BYTES = 1 << 16;

/** The stream's bytes; two that are lost or exchanged change the hash. */
function* content(sizeBytes: number, hash: Hash): Generator<Buffer> {
  const random = new SeededRandom(1);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < CHUNK_BYTES; at += 4) chunk.writeUInt32LE(random.nextU32(), at);
  for (let left = sizeBytes, sequence = 0; left > 0; left -= CHUNK_BYTES, sequence++) {
    const part = Buffer.from(chunk.subarray(0, Math.min(left, CHUNK_BYTES)));
    if (part.length >= 4) part.writeUInt32LE(sequence, 0);
    hash.update(part);
    yield part;
  }
}

async function send(address: string, port: number, sizeBytes: number): Promise<StreamContent> {
  const hash = createHash('sha256');
  await pipeline(Readable.from(content(sizeBytes, hash)), connect(port, address));
  return { sizeBytes, sha256: hash.digest('hex') };
}

function receive(address: string, port: number): Promise<StreamContent> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const sink = new Writable({
        write(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          sizeBytes += chunk.length;
          done();
        },
      });
      pipeline(socket, sink).then(() => {
        server.close();
        resolve({ sizeBytes, sha256: hash.digest('hex') });
      }, reject);
    });
    server.once('error', reject);
    server.listen(port, address, () => console.log('listening'));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [role, address, port, sizeBytes] = process.argv.slice(2);
  const done = role === 'send' ? send(address, Number(port), Number(sizeBytes)) : receive(address, Number(port));
  console.log(JSON.stringify(await done));
}
