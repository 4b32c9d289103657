import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatIpv4 } from '../../src/base/ipv4.js';
import type { BfdSessionRequest, BfdState, ToForwarder } from '../../src/forward/messages.js';
import { isInstalled } from '../../src/lab/program.js';
import { BFD_DEAFNESS, BFD_SILENCE, Daemons } from '../support/daemons.js';
import { address, ForwarderBench, ip, link, plug, route } from '../support/forwarder-bench.js';
import { eventually, ScratchNamespace } from '../support/scratch-namespace.js';

/*
 * BFD with strangers and with ourselves, over veth pairs:
 *
 *            ┌─ r1 10.1.0.1 ── 10.1.0.2 FRR
 *     router ┼─ r2 10.2.0.1 ── 10.2.0.2 BIRD
 *            └─ r3 10.3.0.1 ── 10.3.0.2 another lasthop
 */

let directory: string;
let bench: ForwarderBench;
let frr: Daemons;
let bird: Daemons;
let other: Daemons;
const pathspace = `bfd-test-${process.pid}`;

/** What is behind a link of the router; the kernel there has no address if none is given. */
function behind(routerLink: string, own?: string): Daemons {
  const namespace = new ScratchNamespace();
  plug(routerLink, namespace);
  if (own !== undefined) namespace.ip('addr', 'add', own, 'dev', 'eth0');
  return new Daemons(namespace);
}

function session(name: string, minMs: number): BfdSessionRequest {
  const network = name.slice(1);
  const ends = { local: address(`10.${network}.0.1`), peer: address(`10.${network}.0.2`) };
  return { link: name, ...ends, minTxMs: minMs, minRxMs: minMs, multiplier: 3 };
}

function want(...sessions: readonly BfdSessionRequest[]): void {
  bench.tell({ type: 'bfd-sessions', sessions });
}

/** What the controller was told of a session, oldest first, as `from>to diagnostic`; `lost` where it is. */
function changes(name: string): string[] {
  return states(name).map(({ from, to, diagnostic, lost }) => `${from}>${to} ${diagnostic}${lost ? ' lost' : ''}`);
}

/** The last fall from Up: the session may have begun to come up again since. */
function lastLoss(name: string): string | undefined {
  return changes(name).findLast((change) => change.startsWith('up>'));
}

function states(name: string): BfdState[] {
  return bench.received.filter((message) => message.type === 'bfd').filter((state) => state.link === name);
}

async function untilUp(name: string): Promise<void> {
  await eventually(`the session on ${name} is up`, () => states(name).at(-1)?.to === 'up');
}

type Row = { readonly [key: string]: string | number | boolean };

function shown(name: string): Row {
  const rows = bench.ask({ what: 'bfd' }) as readonly Row[];
  return rows.find((row) => row.link === name) ?? assert.fail(`no session on ${name}`);
}

interface FrrPeer {
  readonly status: string;
  readonly diagnostic: string;
  readonly 'remote-diagnostic': string;
  readonly 'remote-receive-interval': number;
  readonly 'remote-transmit-interval': number;
}

function frrPeer(): FrrPeer {
  const text = frr.namespace.run('vtysh', '--pathspace', pathspace, '-d', 'bfdd', '-c', 'show bfd peers json');
  return (JSON.parse(text) as FrrPeer[])[0];
}

/** The state, interval and timeout that BIRD shows. */
function birdSession(): string[] {
  const text = bird.namespace.run('birdc', '-s', join(directory, 'bird.ctl'), 'show', 'bfd', 'sessions');
  const row =
    text
      .split('\n')
      .find((line) => line.startsWith('10.2.0.1'))
      ?.split(/\s+/) ?? [];
  return [row[2], row[4], row[5]];
}

async function startFrr(intervalMs: number): Promise<void> {
  const sockets = join('/run/frr', pathspace);
  mkdirSync(sockets, { recursive: true });
  chmodSync('/run/frr', 0o777);
  chmodSync(sockets, 0o777);
  for (const daemon of ['zebra', 'bfdd']) {
    frr.start(`/usr/lib/frr/${daemon}`, '--pathspace', pathspace, '--log', 'syslog', '--vty_port', '0');
    const answer = `vtysh --pathspace ${pathspace} -d ${daemon} -c 'show version' >/dev/null 2>&1 && echo yes || echo no`;
    await eventually(`${daemon} answers`, () => frr.namespace.run('bash', '-c', answer).trim() === 'yes');
  }
  const file = join(directory, 'frr.conf');
  const timers = ` receive-interval ${intervalMs}\n transmit-interval ${intervalMs}\n no shutdown`;
  writeFileSync(file, `bfd\npeer 10.1.0.1 local-address 10.1.0.2 interface eth0\n${timers}\n`);
  frr.namespace.run('vtysh', '--pathspace', pathspace, '-f', file);
}

function startOther(): void {
  const own: ToForwarder[] = [
    { type: 'virtual-link', name: 'lasthop0', mtu: 1500, addresses: [address('10.9.9.9')], coalesce: 'all' },
    { type: 'links', links: [link('eth0', '10.3.0.2/24')] },
    { type: 'routes', sequence: 1, upsert: [route('10.3.0.2/32', [{ kind: 'local' }])], remove: [] },
    {
      type: 'bfd-sessions',
      sessions: [
        {
          ...{ link: 'eth0', local: address('10.3.0.2'), peer: address('10.3.0.1') },
          ...{ minTxMs: 10, minRxMs: 10, multiplier: 3 },
        },
      ],
    },
    { type: 'routes-complete' },
  ];
  const file = join(directory, 'other.json');
  writeFileSync(file, JSON.stringify(own));
  const program = fileURLToPath(new URL('../support/tiny-router.js', import.meta.url));
  other.start(process.execPath, program, file, '1');
}

function program(): Promise<void> {
  return bench.routes([
    ...['1', '2', '3'].map((n) => route(`10.${n}.0.1/32`, [{ kind: 'local' }])),
    ...['1', '2', '3'].map((n) => route(`10.${n}.0.0/24`, [{ kind: 'connected', link: `r${n}` }])),
    route('203.0.113.0/24', [{ kind: 'neighbor', link: 'r1', via: address('10.1.0.2') }]),
  ]);
}

function usable(neighbor: string): boolean {
  const rows = bench.ask({ what: 'adjacencies' }) as readonly Row[];
  const row = rows.find((each) => each.kind === 'neighbor' && each.address === formatIpv4(address(neighbor)));
  return row?.usable === true;
}

for (const workers of [1, 2]) {
  describe(`workers: ${workers}`, () => {
    before(async () => {
      directory = mkdtempSync(join(tmpdir(), 'lasthop-test-'));
      frr = behind('r1', '10.1.0.2/24');
      bird = behind('r2', '10.2.0.2/24');
      other = behind('r3');
      bench = new ForwarderBench(60_000, workers);
      bench.hello();
      bench.virtualLink('10.0.0.1', '10.1.0.1', '10.2.0.1', '10.3.0.1');
      bench.tell({ type: 'links', links: ['1', '2', '3'].map((n) => link(`r${n}`, `10.${n}.0.1/24`)) });
      await bench.untilUp('r1', 'r2', 'r3');
      await program();
    });

    after(async () => {
      await bench.close();
      for (const daemons of [frr, bird, other]) {
        await daemons.stop();
        daemons.namespace.close();
      }
      // A namespace takes its end of a pair along in its own time, and the next router has links of the same names.
      await eventually('the links are gone', () => !/\br[123]\b/.test(ip('-br', 'link')));
      rmSync(directory, { recursive: true });
      rmSync(join('/run/frr', pathspace), { recursive: true, force: true });
    });

    test('FRR: up at 50 ms × 3, both ways lost and found, and told of the end', {
      skip: !isInstalled('vtysh'),
    }, async () => {
      await startFrr(50);
      want(session('r1', 50));
      await untilUp('r1');
      await eventually('FRR says up', () => frrPeer().status === 'up');
      await eventually('FRR has our rates', () => frrPeer()['remote-transmit-interval'] === 50);
      assert.equal(frrPeer()['remote-receive-interval'], 50);
      assert.equal(shown('r1').detectionTimeMs, 150);
      assert.match(changes('r1').at(-1) ?? '', /^(down|init)>up none$/);

      frr.drop(BFD_SILENCE);
      await eventually('we have lost FRR', () => states('r1').at(-1)?.lost === true);
      assert.equal(lastLoss('r1'), 'up>down control detection time expired lost');
      assert.equal(usable('10.1.0.2'), false);
      await eventually('FRR says down', () => frrPeer().status === 'down');
      frr.drop();
      await untilUp('r1');
      assert.equal(usable('10.1.0.2'), true);
      await eventually('FRR says up again', () => frrPeer().status === 'up');

      frr.drop(BFD_DEAFNESS);
      await eventually('FRR has lost us', () => states('r1').at(-1)?.lost === true);
      assert.equal(lastLoss('r1'), 'up>down neighbor signaled session down lost');
      frr.drop();
      await untilUp('r1');

      await eventually('FRR says up once more', () => frrPeer().status === 'up');
      want();
      await eventually('FRR knows', () => frrPeer()['remote-diagnostic'] === 'administratively down');
      assert.equal(frrPeer().status, 'down');
    });

    test('BIRD: up at 50 ms × 3, lost and found', { skip: !isInstalled('bird') }, async () => {
      bird.startBirdBfd(directory, '10.2.0.2', '10.2.0.1');
      want(session('r2', 50));
      await untilUp('r2');
      await eventually('BIRD says up, at our rates', () => birdSession().join() === 'Up,0.050,0.150');
      bird.drop(BFD_SILENCE);
      await eventually('we have lost BIRD', () => states('r2').at(-1)?.lost === true);
      await eventually('BIRD says down', () => birdSession()[0] === 'Down');
      bird.drop();
      await untilUp('r2');
      await eventually('BIRD says up again', () => birdSession()[0] === 'Up');
      want();
      await eventually('BIRD says down at our end', () => birdSession()[0] === 'Down');
    });

    test('another lasthop: 10 ms × 3', async () => {
      startOther();
      want(session('r3', 10));
      await untilUp('r3');
      await eventually('both agree on 30 ms', () => shown('r3').detectionTimeMs === 30);
      await eventually('a hundred packets', () => Number(shown('r3').receivedPackets) > 100);
      assert.equal(shown('r3').remoteState, 'up');
    });

    test('sessions outlive the controller that asked for them', async () => {
      const { discriminator, ups } = shown('r3');
      bench.hello();
      assert.equal(changes('r3').at(-1), 'up>up none');
      // The new one has not heard from its neighbors yet.
      want(session('r1', 300));
      assert.equal(shown('r3').state, 'up');
      want(session('r1', 300), session('r3', 10));
      await program();
      bench.tell({ type: 'routes-complete' });
      const { receivedPackets } = shown('r3');
      await eventually('it goes on', () => Number(shown('r3').receivedPackets) > Number(receivedPackets) + 10);
      assert.deepEqual([shown('r3').discriminator, shown('r3').ups], [discriminator, ups]);
      bench.hello();
      await program();
      bench.tell({ type: 'routes-complete' });
      assert.deepEqual(bench.ask({ what: 'bfd' }), []);
    });

    test('a router that stops tells its neighbors', { skip: !isInstalled('bird') }, async () => {
      // BIRD would find out by itself after 13 s.
      want({ ...session('r2', 50), multiplier: 255 });
      await untilUp('r2');
      await eventually('BIRD says up', () => birdSession()[0] === 'Up');
      await bench.close();
      await eventually('BIRD says down', () => birdSession()[0] === 'Down');
    });
  });
}
