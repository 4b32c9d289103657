import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listenAt } from '../../src/api/control-socket.js';
import { type ApiHandler, createApiServer } from '../../src/api/server.js';
import { LasthopError } from '../../src/base/errors.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'lasthop-cli-'));
const socket = join(directory, 'control.sock');
after(() => rmSync(directory, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command in a process of its own, by default for a router that is not there. */
function lasthop(...args: string[]): Promise<Outcome> {
  return lasthopAt(join(directory, 'nobody.sock'), ...args);
}

function lasthopAt(path: string, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, LASTHOP_SOCKET: path };
    const child = execFile(process.execPath, [MAIN, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('usage', () => {
  it('is exit code 2 with a suggestion', async () => {
    assert.deepEqual(await lasthop('shwo'), {
      status: 2,
      stdout: '',
      stderr: "error: unknown command 'shwo'\n(Did you mean show?)\n(lasthop --help shows what there is)\n",
    });
    assert.match((await lasthop('show', 'lnks')).stderr, /Did you mean links\?/);
    assert.match((await lasthop('constructor')).stderr, /unknown command 'constructor'/);
    for (const args of [[], ['show'], ['check'], ['show', 'fib'], ['run', '--log', 'xml'], ['perf', 'speed']]) {
      assert.equal((await lasthop(...args)).status, 2, args.join(' '));
    }
    assert.equal((await lasthop('lab', 'fail', 'any', 'nonsense')).status, 2);
    const wrong = await lasthop('show', 'fib', '10.0.0');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /Expected an IPv4 address such as 10\.0\.0\.1/);
  });

  it('is explained on request', async () => {
    const help = await lasthop('--help');
    assert.equal(help.status, 0);
    for (const command of ['run', 'check', 'reload', 'show', 'vip', 'lab', 'perf', 'doctor']) {
      assert.match(help.stdout, new RegExp(`^  ${command}\\b`, 'm'));
    }
    assert.match((await lasthop('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

describe('check', () => {
  it('says that a file is good', async () => {
    const path = file('good.yaml', 'router-id: 10.0.0.1\nlinks:\n  - { name: eth1, address: 1.1.1.1/8 }\n');
    assert.deepEqual(await lasthop('check', path), {
      status: 0,
      stdout: `${path}: good (links: 1, static routes: 0, OSPF interfaces: 0, VIPs: 0)\n`,
      stderr: '',
    });
    assert.deepEqual(JSON.parse((await lasthop('check', path, '--json')).stdout), {
      file: path,
      links: 1,
      routes: 0,
      ospfInterfaces: 0,
      vips: 0,
      warnings: [],
    });
  });

  it('warns of what works, but is hardly meant', async () => {
    const path = file(
      'odd.yaml',
      `router-id: 10.0.0.1
links: [{ name: eth1, address: 1.1.1.1/31 }]
ospf:
  interfaces: [{ link: eth1 }]
`,
    );
    const message =
      'eth1 has room for two routers (1.1.1.1/31): "type: point-to-point" at both ends spares the election';
    assert.deepEqual(await lasthop('check', path), {
      status: 0,
      stdout: `${path}:4:16: warning: ${message}
${path}: good (links: 1, static routes: 0, OSPF interfaces: 1, VIPs: 0)
`,
      stderr: '',
    });
    const { warnings } = JSON.parse((await lasthop('check', path, '--json')).stdout);
    assert.deepEqual(warnings, [{ line: 4, column: 16, message }]);
  });

  it('says all that is wrong with a file, as compilers do', async () => {
    const path = file('bad.yaml', 'router-id: x\nlinkz: []\n');
    assert.deepEqual(await lasthop('check', path), {
      status: 1,
      stdout: '',
      stderr: `${path}:1:12: router-id is "x", expected an IPv4 address such as 10.0.0.1
${path}:2:1: unknown key "linkz", expected "links"
`,
    });
    const run = await lasthop('run', '--config', path);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^\S+bad\.yaml:1:12: /);
  });

  it('says why a file cannot be read, without a stack trace', async () => {
    assert.deepEqual(await lasthop('check', join(directory, 'none.yaml')), {
      status: 1,
      stdout: '',
      stderr: `lasthop: cannot read ${directory}/none.yaml: there is no such file, expected a configuration file\n`,
    });
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const found = async (path: string) => (await lasthop('check', path)).stderr;
    assert.equal(await found(pipe), `lasthop: cannot read ${pipe}: it is not a file, expected a configuration file\n`);
    assert.match(await found(directory), /: it is a directory, expected a configuration file\n$/);
    const text = 'router-id: 10.0.0.1\n';
    for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from([0xff, 0xfe, 0x41]), Buffer.from(`${text}\0`)]) {
      const path = join(directory, 'binary');
      writeFileSync(path, bytes);
      assert.equal(await found(path), `lasthop: ${path} is not UTF-8 text, expected a configuration file\n`);
    }
  });

  it('says in one line that a file is of the other kind', async () => {
    const lab = file('lab.yaml', 'name: x\nnodes: {}\nsteps: []\n');
    assert.equal(
      (await lasthop('check', lab)).stderr,
      `${lab}:1:1: this looks like a lab file: lasthop lab run FILE\n`,
    );
    const router = file('router.yaml', 'router-id: 10.0.0.1\nvips: []\n');
    assert.equal(
      (await lasthop('lab', 'run', router)).stderr,
      `${router}:1:1: this looks like the configuration of a router: lasthop check FILE\n`,
    );
  });
});

describe('a router that does not run', () => {
  it('is exit code 3', async () => {
    const expected = {
      status: 3,
      stdout: '',
      stderr: `lasthop: no router answers at ${directory}/nobody.sock\nlasthop: start one with "lasthop run"\n`,
    };
    for (const args of [['show', 'links'], ['show', 'events', '--watch'], ['vip', 'list', '--json'], ['reload']]) {
      assert.deepEqual(await lasthop(...args), expected, args.join(' '));
    }
  });
});

describe('a router that runs', () => {
  const answers: { readonly [method: string]: unknown } = {
    vips: [
      {
        name: 'web',
        address: '3.3.3.3',
        mode: 'static',
        state: 'serving',
        sinceSeconds: 12.5,
        cost: 0,
        advertisedCost: 0,
        health: null,
        reason: null,
      },
      {
        name: 'a',
        address: '10.0.0.10',
        mode: 'static',
        state: 'waiting',
        sinceSeconds: 1,
        cost: 10,
        advertisedCost: null,
        health: null,
        reason: 'for OSPF to converge',
      },
    ],
    routes: [
      {
        prefix: '10.9.0.0/16',
        source: 'ospf-intra',
        pathType: 'intra-area',
        area: '0.0.0.0',
        cost: 20,
        type2Cost: null,
        tag: null,
        paths: [
          { kind: 'neighbor', link: 'eth1', via: '1.0.0.1' },
          { kind: 'neighbor', link: 'eth2', via: '2.0.0.1' },
        ],
        repair: null,
      },
      {
        prefix: '10.10.0.0/16',
        source: 'ospf-external',
        pathType: 'external-2',
        area: null,
        cost: 30,
        type2Cost: 20,
        tag: 7,
        paths: [{ kind: 'neighbor', link: 'eth1', via: '1.0.0.1' }],
        repair: null,
      },
    ],
    ospf: null,
    lsdb: [
      {
        type: 1,
        kind: 'router',
        area: '0.0.0.0',
        link: null,
        id: '10.0.0.1',
        advertisingRouter: '10.0.0.1',
        selfOriginated: true,
        ageSeconds: 7,
        sequence: '0x80000003',
        checksum: '0x1a2b',
        areaBorder: false,
        asBoundary: true,
        links: [
          { type: 'point-to-point', id: '10.0.0.2', data: '1.1.1.1', metric: 10 },
          { type: 'stub', id: '3.3.3.3', data: '255.255.255.255', metric: 0 },
        ],
      },
      {
        type: 4,
        kind: 'summary',
        area: '0.0.0.0',
        link: null,
        id: '10.0.0.30',
        advertisingRouter: '10.0.0.20',
        selfOriginated: false,
        ageSeconds: 3,
        sequence: '0x80000001',
        checksum: '0x0001',
        mask: '0.0.0.0',
        metric: 64,
      },
      {
        type: 9,
        kind: 'opaque',
        area: '0.0.0.0',
        link: 'eth1',
        id: '3.0.0.0',
        advertisingRouter: '10.0.0.20',
        selfOriginated: false,
        ageSeconds: 0,
        sequence: '0x80000001',
        checksum: '0x0002',
        dataBytes: 24,
      },
      {
        type: 5,
        kind: 'external',
        area: null,
        link: null,
        id: '10.9.0.0',
        advertisingRouter: '10.0.0.20',
        selfOriginated: false,
        ageSeconds: 1207,
        sequence: '0x80000001',
        checksum: '0xffff',
        mask: '255.255.0.0',
        metric: 20,
        metricType: 2,
        forwardingAddress: '1.0.0.9',
        tag: 7,
      },
    ],
    counters: [{ link: 'eth1', rxPackets: 7, rxBytes: 0 }],
    reload: { applied: true, changed: ['vips'] },
  };
  let watch: (send: (item: unknown) => void) => void = () => {};
  const connections = new Set<Socket>();
  const handler: ApiHandler = {
    async call(method, params) {
      if (params.watch === true) return [{ event: 'zero' }];
      if (method === 'rejections') for (const connection of connections) connection.destroy();
      if (method === 'drops') throw new LasthopError('TIMEOUT', 'the forwarder did not answer within 5 s');
      return method in answers ? answers[method] : [];
    },
    watch(_method, _params, send) {
      watch(send);
      return () => {};
    },
  };
  const server: Server = createApiServer(handler);
  server.on('connection', (connection) => connections.add(connection));
  before(() => listenAt(server, socket));
  after(() => server.close());
  const ask = (...args: string[]) => lasthopAt(socket, ...args);

  it('is shown as tables', async () => {
    const { status, stdout, stderr } = await ask('vip', 'list');
    assert.equal(
      stdout,
      `NAME  ADDRESS    MODE    STATE    SINCE SECONDS  COST  ADVERTISED COST  HEALTH  REASON
web   3.3.3.3    static  serving           12.5     0  0                -       -
a     10.0.0.10  static  waiting              1    10  -                -       for OSPF to converge
`,
    );
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(
      (await ask('show', 'routes')).stdout,
      `PREFIX        SOURCE         PATH TYPE   AREA      COST  TAG  PATHS                               REPAIR
10.9.0.0/16   ospf-intra     intra-area  0.0.0.0     20  -    via 1.0.0.1 eth1, via 2.0.0.1 eth2  -
10.10.0.0/16  ospf-external  external-2  -        30/20  7    via 1.0.0.1 eth1                    -
`,
    );
    assert.equal((await ask('show', 'counters')).stdout, 'LINK  COUNTER    VALUE\neth1  rxPackets      7\n');
    assert.equal((await ask('show', 'events')).stdout, 'TIME  ORIGIN  EVENT  DETAIL\n');
  });

  it('says that there is no route, which is no failure', async () => {
    assert.deepEqual(await ask('show', 'fib', '9.9.9.9'), { status: 0, stdout: 'no route to 9.9.9.9\n', stderr: '' });
    assert.equal((await ask('show', 'fib', '9.9.9.9', '--json')).stdout, '[]\n');
    assert.equal((await ask('show', 'ospf')).stdout, 'OSPF does not run\n');
  });

  it('shows its database as operators know it, and what each LSA says', async () => {
    assert.equal(
      (await ask('show', 'lsdb')).stdout,
      `AREA     TYPE          LINK ID    ADV ROUTER  OWN   AGE  SEQUENCE    CHECKSUM  SAYS
0.0.0.0  router        10.0.0.1   10.0.0.1    yes     7  0x80000003  0x1a2b    AS boundary router
                                                                               point-to-point 10.0.0.2 from 1.1.1.1, cost 10
                                                                               stub 3.3.3.3/32, cost 0
0.0.0.0  asbr-summary  10.0.0.30  10.0.0.20   no      3  0x80000001  0x0001    10.0.0.30, cost 64
eth1     opaque        3.0.0.0    10.0.0.20   no      0  0x80000001  0x0002    opaque type 3 (graceful restart), 24 bytes
AS       external      10.9.0.0   10.0.0.20   no   1207  0x80000001  0xffff    10.9.0.0/16, cost 20 of type 2, by way of 1.0.0.9, tag 7
`,
    );
  });

  it('is shown as JSON with the same data', async () => {
    assert.deepEqual(JSON.parse((await ask('show', 'vips', '--json')).stdout), answers.vips);
    assert.deepEqual(JSON.parse((await ask('show', 'counters', '--json')).stdout), answers.counters);
  });

  it('reloads', async () => {
    assert.deepEqual(await ask('reload'), { status: 0, stdout: 'reloaded; changed: vips\n', stderr: '' });
  });

  it('may fail to answer', async () => {
    assert.deepEqual(await ask('show', 'drops'), {
      status: 1,
      stdout: '',
      stderr: 'lasthop: the forwarder did not answer within 5 s\n',
    });
  });

  it('may stop while it is watched, which is exit code 3', async () => {
    assert.deepEqual(await ask('show', 'rejections', '--watch'), {
      status: 3,
      stdout: '',
      stderr: 'lasthop: the router closed the connection, expected an answer\n',
    });
  });

  it('may stream events', async () => {
    const watching = ask('show', 'events', '--watch', '--json');
    await new Promise<void>((resolve) => {
      watch = (send) => {
        send({ event: 'one' });
        send({ event: 'two' });
        resolve();
      };
    });
    server.close();
    for (const connection of connections) connection.destroySoon();
    assert.deepEqual(await watching, {
      status: 0,
      stdout: '{"event":"zero"}\n{"event":"one"}\n{"event":"two"}\n',
      stderr: '',
    });
  });
});
