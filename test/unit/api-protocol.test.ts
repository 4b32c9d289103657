import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { ApiClient } from '../../src/api/client.js';
import { listenAt, prepareControlSocket, removeControlSocket } from '../../src/api/control-socket.js';
import { LineSplitter } from '../../src/api/line-splitter.js';
import { MAX_REQUEST_LENGTH, parseReply, parseRequest } from '../../src/api/protocol.js';
import { type ApiHandler, createApiServer } from '../../src/api/server.js';
import { LasthopError } from '../../src/base/errors.js';

const directory = mkdtempSync(join(tmpdir(), 'lasthop-api-'));
after(() => rmSync(directory, { recursive: true }));

const hasCode = (code: string) => (error: unknown) => error instanceof LasthopError && error.code === code;

describe('lines', () => {
  it('are put together from any chunks', () => {
    const lines = new LineSplitter(10);
    assert.deepEqual(lines.push('ab'), []);
    assert.deepEqual(lines.push('c\n\nd'), ['abc', '']);
    assert.deepEqual(lines.push('\n'), ['d']);
  });

  it('have a length that is bounded, complete or not', () => {
    assert.deepEqual(new LineSplitter(3).push('abc\nabc\n'), ['abc', 'abc']);
    assert.equal(new LineSplitter(3).push('abcd\n'), undefined);
    const lines = new LineSplitter(3);
    assert.deepEqual(lines.push('ab'), []);
    assert.equal(lines.push('cd'), undefined);
  });
});

describe('requests and replies', () => {
  it('are one JSON object each', () => {
    assert.deepEqual(parseRequest('{"id":1,"method":"vips"}'), { id: 1, method: 'vips', params: {} });
    for (const wrong of [
      '',
      'x',
      '[]',
      'null',
      '{"id":"1","method":"vips"}',
      '{"id":1}',
      '{"id":1,"method":"a","params":[]}',
    ]) {
      assert.throws(() => parseRequest(wrong), hasCode('BAD_REQUEST'), wrong);
    }
    assert.deepEqual(parseReply('{"id":1,"result":null}'), { id: 1, result: null });
    assert.deepEqual(parseReply('{"id":1,"item":{}}'), { id: 1, item: {} });
    assert.deepEqual(parseReply('{"id":null,"error":{"code":"A","message":"b"}}'), {
      id: null,
      error: { code: 'A', message: 'b' },
    });
    for (const wrong of ['', '{}', '{"id":1}', '{"id":1,"error":"x"}', '{"id":null,"result":1}']) {
      assert.throws(() => parseReply(wrong), hasCode('BAD_REPLY'), wrong);
    }
  });
});

describe('server and client', () => {
  const path = join(directory, 'control.sock');
  const watchers = new Set<(item: unknown) => void>();
  let answered = 0;
  const handler: ApiHandler = {
    async call(method, params) {
      answered++;
      if (method === 'echo') return params;
      if (method === 'fail') throw new LasthopError('MINE', 'it went wrong');
      if (method === 'break') throw new TypeError('a mistake');
      return new Promise(() => {});
    },
    watch(_method, _params, send) {
      watchers.add(send);
      return () => watchers.delete(send);
    },
  };
  let server: Server;
  before(async () => {
    server = createApiServer(handler);
    await prepareControlSocket(path);
    await listenAt(server, path);
  });
  after(() => server.close());

  let client: ApiClient;
  beforeEach(async () => {
    client = await ApiClient.connect(path);
  });
  afterEach(() => client.close());

  it('answer in order', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => client.call('echo', { n })));
    assert.deepEqual(answers, [{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('pass on errors with their code', async () => {
    await assert.rejects(
      client.call('fail'),
      (error: Error) => hasCode('MINE')(error) && error.message === 'it went wrong',
    );
    await assert.rejects(client.call('break'), hasCode('INTERNAL'));
    assert.deepEqual(await client.call('echo', { still: 'here' }), { still: 'here' });
  });

  it('stream items until the client goes', async () => {
    const items: unknown[] = [];
    const two = new Promise<void>((resolve) => {
      void client
        .watch('echo', {}, (item) => {
          if (items.push(item) === 2) resolve();
        })
        .then((result) => {
          items.push(result);
          assert.equal(watchers.size, 1);
          for (const send of watchers) send('new');
        });
    });
    await two;
    assert.deepEqual(items, [{ watch: true }, 'new']);
    client.close();
    await client.closed;
    await eventually(() => watchers.size === 0);
  });

  it('tell a client that is cut off', async () => {
    const raw = await rawConnection(path);
    raw.write('x'.repeat(MAX_REQUEST_LENGTH + 1));
    assert.equal(await textOf(raw), '{"id":null,"error":{"code":"BAD_REQUEST","message":"request too long"}}\n');
    const other = await rawConnection(path);
    other.write('{"id":1,"method":"wait"}\n'.repeat(65));
    assert.equal(
      await textOf(other),
      '{"id":null,"error":{"code":"BAD_REQUEST","message":"too many requests at once"}}\n',
    );
  });

  it('answer what is no request, and go on', async () => {
    const raw = await rawConnection(path);
    raw.write('rubbish\n{"id":7,"method":"echo"}\n');
    raw.end();
    const message = 'bad request, expected {\\"id\\": NUMBER, \\"method\\": TEXT, \\"params\\": {}} in one line';
    assert.equal(
      await textOf(raw),
      `{"id":null,"error":{"code":"BAD_REQUEST","message":"${message}"}}\n{"id":7,"result":{}}\n`,
    );
  });

  it('hold back answers that are not read', async () => {
    const raw = await rawConnection(path);
    raw.pause();
    const big = 'y'.repeat(MAX_REQUEST_LENGTH - 100);
    const before = answered;
    for (let n = 0; n < 60; n++) raw.write(`{"id":${n},"method":"echo","params":{"big":"${big}"}}\n`);
    await eventually(() => answered > before);
    for (let settle = 0; settle < 200; settle++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(answered - before < 20, `${answered - before} answers wait for a client that does not read`);
    raw.end();
    assert.equal((await textOf(raw)).split('\n').length, 61);
  });

  it('fail what waits when the connection is lost', async () => {
    const waiting = client.call('wait');
    client.close();
    await assert.rejects(waiting, hasCode('CONNECTION_LOST'));
    await assert.rejects(client.call('echo'), hasCode('CONNECTION_LOST'));
  });
});

describe('the control socket', () => {
  const path = join(directory, 'deep', 'er', 'control.sock');

  it('is for its owner only, is refused while another router listens, and is cleared after that one died', async () => {
    const server = createApiServer({ call: async () => null, watch: () => () => {} });
    const created = await prepareControlSocket(path);
    assert.equal(created, join(directory, 'deep'));
    await listenAt(server, path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await assert.rejects(prepareControlSocket(path), hasCode('ALREADY_RUNNING'));
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(ApiClient.connect(path), hasCode('NOT_RUNNING'));
    removeControlSocket(path, created);
    assert.throws(() => statSync(join(directory, 'deep')), { code: 'ENOENT' });
    assert.ok(statSync(directory).isDirectory());
  });

  it('of a router that was killed is no obstacle', async () => {
    const left = join(directory, 'left.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`;
    const { spawnSync } = await import('node:child_process');
    assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
    assert.ok(statSync(left).isSocket());
    await assert.rejects(ApiClient.connect(left), hasCode('NOT_RUNNING'));
    await prepareControlSocket(left);
    assert.throws(() => statSync(left), { code: 'ENOENT' });
  });

  it('takes no place that is used for something else', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, 'precious');
    await assert.rejects(prepareControlSocket(file), hasCode('SOCKET_TAKEN'));
    removeControlSocket(file, undefined);
    assert.ok(statSync(file).isFile());
    await assert.rejects(prepareControlSocket(join(file, 'control.sock')), hasCode('SOCKET'));
  });

  it('is refused where nothing can be created, before anything is started', async () => {
    for (const place of ['/proc/x/y/control.sock', '/proc/control.sock', join(directory, 'x'.repeat(120))]) {
      await assert.rejects(
        prepareControlSocket(place),
        (error: Error) =>
          hasCode('SOCKET')(error) && error.message.startsWith(`cannot use ${place} as control socket: `),
        place,
      );
    }
  });
});

function rawConnection(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** All that comes until the other side ends. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) text += chunk;
  return text;
}

async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'condition does not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
