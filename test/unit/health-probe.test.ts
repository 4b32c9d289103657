import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import type { HttpProbe, Probe } from '../../src/config/config.js';
import { Echo } from '../../src/health/echo.js';
import { runProbe } from '../../src/health/probe.js';

const echo = new Echo();
const servers: Server[] = [];
after(() => {
  echo.close();
  for (const server of servers) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function tryIt(probe: Probe, limitMs = 5000): Promise<string | undefined> {
  return runProbe(probe, AbortSignal.timeout(limitMs), echo);
}

describe('tcp', () => {
  it('passes where somebody listens', async () => {
    const port = await portOf(createServer((socket) => socket.on('error', () => {})));
    assert.equal(await tryIt({ kind: 'tcp', host: '127.0.0.1', port }), undefined);
  });

  it('fails where nobody does, and says so', async () => {
    const server = createServer();
    const port = await portOf(server);
    server.close();
    await once(server, 'close');
    assert.match((await tryIt({ kind: 'tcp', host: '127.0.0.1', port })) ?? '', /ECONNREFUSED/);
  });
});

describe('http', () => {
  async function answer(listener: RequestListener, more: Partial<HttpProbe> = {}, limitMs?: number) {
    const port = await portOf(createHttpServer(listener));
    const url = new URL(`http://127.0.0.1:${port}/health?deep=1`);
    const plain = { kind: 'http', url, method: 'GET', status: [[200, 299]], body: undefined, host: undefined } as const;
    return tryIt({ ...plain, insecure: false, ...more }, limitMs);
  }

  it('looks at the status', async () => {
    assert.equal(await answer((_, response) => response.writeHead(204).end()), undefined);
    assert.equal(await answer((_, response) => response.writeHead(503).end()), 'status 503, expected 200-299');
    const teapot = { status: [[418, 418]] } as const;
    assert.equal(await answer((_, response) => response.writeHead(418).end(), teapot), undefined);
  });

  it('asks for what it is told to', async () => {
    const asked: unknown[] = [];
    const listener: RequestListener = ({ method, url, headers }, response) => {
      asked.push(method, url, headers.host);
      response.end();
    };
    await answer(listener, { method: 'HEAD', host: 'www.example.org' });
    assert.deepEqual(asked, ['HEAD', '/health?deep=1', 'www.example.org']);
  });

  it('looks for a text in the body', async () => {
    assert.equal(await answer((_, response) => response.end('all is well'), { body: 'is well' }), undefined);
    assert.equal(await answer((_, response) => response.end('no'), { body: 'yes' }), 'the body has no "yes"');
  });

  it('cuts off a body without end', async () => {
    const listener: RequestListener = (_, response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    };
    assert.match((await answer(listener, { body: 'yes' })) ?? '', /first 65536 characters/);
  });

  it('ends with its time if nobody answers, or never ends to', async () => {
    assert.equal(await answer(() => {}, {}, 50), 'no answer in time');
    const slow = await answer((_, response) => response.write('x'), { body: 'yes' }, 50);
    assert.match(slow ?? '', /no answer in time|aborted/);
  });

  it('fails where what answers is no HTTP', async () => {
    const port = await portOf(createServer((socket: Socket) => socket.on('error', () => {}).end('hello\n')));
    const url = new URL(`http://127.0.0.1:${port}/`);
    const probe = {
      kind: 'http',
      url,
      method: 'GET',
      status: [],
      body: undefined,
      host: undefined,
      insecure: false,
    } as const;
    assert.match((await tryIt(probe)) ?? '', /Parse Error/);
  });
});

describe('dns', () => {
  /** Answers every question with 192.0.2.7, or not at all. */
  async function serve(mute: boolean): Promise<{ server: string; close: () => void }> {
    const socket = createSocket('udp4');
    socket.on('message', (query, { port, address }) => {
      if (mute) return;
      const question = query.subarray(12, query.indexOf(0, 12) + 5);
      const header = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
      const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 7]);
      socket.send(Buffer.concat([header, question, record]), port, address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return { server: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
  }

  it('passes with the address that is expected, or any', async () => {
    const { server, close } = await serve(false);
    const probe = { kind: 'dns', name: 'www.example.org', server } as const;
    assert.equal(await tryIt({ ...probe, address: undefined }), undefined);
    assert.equal(await tryIt({ ...probe, address: '192.0.2.7' }), undefined);
    const other = await tryIt({ ...probe, address: '192.0.2.8' });
    assert.equal(other, 'www.example.org is 192.0.2.7, expected 192.0.2.8');
    close();
  });

  it('ends with its time if nobody answers', async () => {
    const { server, close } = await serve(true);
    const probe = { kind: 'dns', name: 'www.example.org', server, address: undefined } as const;
    assert.equal(await tryIt(probe, 50), 'no answer in time');
    close();
  });
});

describe('command', () => {
  const command = (program: string, ...args: string[]): Probe => ({ kind: 'command', program, args });

  it('looks at the exit code, and says what the program says', async () => {
    assert.equal(await tryIt(command('true')), undefined);
    assert.equal(await tryIt(command('false')), 'exit code 1');
    const failure = await tryIt(command('sh', '-c', 'echo not ready >&2; echo really >&2; exit 3'));
    assert.equal(failure, 'exit code 3: not ready');
    assert.match((await tryIt(command('/does/not/exist'))) ?? '', /ENOENT/);
    assert.equal(await tryIt(command('sh', '-c', 'kill -TERM $$')), 'ended by SIGTERM');
  });

  it('kills what hangs, with all that it has started', async () => {
    const mark = `73${process.pid}`;
    assert.equal(await tryIt(command('sh', '-c', `sleep ${mark} & sleep ${mark}`), 100), 'not done in time');
    assert.equal(await tryIt(command('sh', '-c', `sleep ${mark} & exit 0`)), undefined);
    const { stdout } = spawnSync('sh', ['-c', `grep -al "slee[p].${mark}" /proc/[0-9]*/cmdline || true`], {
      encoding: 'utf8',
    });
    assert.equal(stdout.includes('/proc'), false, stdout);
  });

  it('is not held up by output without end', async () => {
    const endless = 'while :; do echo noise >&2; done';
    assert.equal(await tryIt(command('sh', '-c', endless), 200), 'not done in time');
  });
});

describe('process', () => {
  it('finds one by its name', async () => {
    assert.equal(await tryIt({ kind: 'process', name: readFileSync('/proc/self/comm', 'utf8').trimEnd() }), undefined);
    assert.equal(await tryIt({ kind: 'process', name: 'no-such-thing' }), 'no process "no-such-thing"');
  });
});
