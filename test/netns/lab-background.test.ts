import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isRunning } from '../../src/lab/isolation.js';
import { pollUntil } from '../../src/lab/poll.js';
import { endOf, lasthop, startLasthop } from '../support/lasthop-command.js';

const LAB = `background-${process.pid}`;
const PCAP_FILE_HEADER_BYTES = 24;

let directory = '';
let file = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lab-background-test-'));
  file = join(directory, 'lab.yaml');
  const text = `name: ${LAB}
nodes:
  left: { kind: host, addresses: { eth1: [10.0.0.1/24] } }
  right: { kind: host, addresses: { eth1: [10.0.0.2/24] } }
links:
  - ends: [left:eth1, right:eth1]
`;
  writeFileSync(file, text);
});

after(async () => {
  await lasthop('lab', 'down', LAB);
  await rm(directory, { recursive: true });
});

async function keeperPid(): Promise<number | undefined> {
  const { stdout } = await lasthop('lab', 'status', '--json');
  const labs = JSON.parse(stdout) as { lab: string; pid: number }[];
  return labs.find(({ lab }) => lab === LAB)?.pid;
}

describe('a lab in the background', () => {
  it('comes up once', async () => {
    const up = await lasthop('lab', 'up', file);
    assert.equal(up.stderr, `${LAB} is up; "lasthop lab down ${LAB}" removes it\n`);
    assert.equal(up.code, 0);
    const again = await lasthop('lab', 'up', file);
    assert.equal(again.code, 1);
    assert.equal(again.stderr.split('\n')[0], `lasthop: the lab ${LAB} is up already`);
  });

  it('shows its nodes', async () => {
    const { stdout } = await lasthop('lab', 'status', '--json');
    const labs = JSON.parse(stdout) as { lab: string; nodes: { node: string; links: string[]; failure: null }[] }[];
    const nodes = labs.find(({ lab }) => lab === LAB)?.nodes;
    assert.deepEqual(
      nodes?.map(({ node, links, failure }) => [node, links, failure]),
      [
        ['left', ['eth1'], null],
        ['right', ['eth1'], null],
      ],
    );
  });

  it('runs commands in its nodes and passes on how they end', async () => {
    const seen = await lasthop('lab', 'exec', LAB, 'right', 'ip', '-oneline', '-4', 'address', 'show', 'dev', 'eth1');
    assert.match(seen.stdout, /inet 10\.0\.0\.2\/24/);
    assert.equal((await lasthop('lab', 'exec', LAB, 'left', 'sh', '-c', 'exit 5')).code, 5);
    const nobody = await lasthop('lab', 'exec', LAB, 'nobody', 'true');
    assert.equal(nobody.stderr, `lasthop: lab ${LAB} has no node nobody, expected one of left, right\n`);
  });

  it('fails and restores links', async () => {
    const carrier = () => lasthop('lab', 'exec', LAB, 'right', 'cat', '/sys/class/net/eth1/carrier');
    assert.equal((await lasthop('lab', 'fail', LAB, 'left:eth1')).stdout, 'failed left:eth1 (carrier)\n');
    assert.equal((await carrier()).stdout, '0\n');
    const twice = await lasthop('lab', 'fail', LAB, 'left:eth1', '--silent');
    assert.equal(twice.stderr, 'lasthop: left:eth1 has failed already (carrier)\n');
    assert.equal((await lasthop('lab', 'restore', LAB, 'left:eth1')).stdout, 'restored left:eth1\n');
    assert.equal((await carrier()).stdout, '1\n');
    assert.equal((await lasthop('lab', 'fail', LAB, 'left:eth1', '--silent')).stdout, 'failed left:eth1 (silent)\n');
    assert.equal((await carrier()).stdout, '1\n');
    assert.equal((await lasthop('lab', 'restore', LAB, 'left:eth1')).code, 0);
    const stranger = await lasthop('lab', 'fail', LAB, 'left:eth9');
    assert.equal(stranger.stderr, 'lasthop: no link ends at left:eth9, expected one of left:eth1, right:eth1\n');
  });

  it('captures what passes a link', async () => {
    const path = join(directory, 'frames.pcap');
    const capture = startLasthop('lab', 'capture', LAB, 'left:eth1', '-w', path, '-f', 'icmp');
    const end = endOf(capture);
    await pollUntil(
      10_000,
      'the capture',
      async () => existsSync(path) && readFileSync(path).length >= PCAP_FILE_HEADER_BYTES,
    );
    await pollUntil(10_000, 'frames', async () => {
      await lasthop('lab', 'exec', LAB, 'right', process.execPath, echoProgram(), '10.0.0.1', '200');
      return readFileSync(path).length > PCAP_FILE_HEADER_BYTES;
    });
    capture.kill('SIGINT');
    const { code, stderr } = await end;
    assert.equal(code, 0);
    assert.match(stderr, /^capturing on eth1, Ctrl-C ends it\n[1-9]\d* frames captured\n$/);
    const bytes = readFileSync(path);
    assert.equal(bytes.readUInt32LE(0), 0xa1b2c3d4);
    assert.equal(bytes.readUInt32LE(20), 1);
    assert.equal(bytes.readUInt16BE(PCAP_FILE_HEADER_BYTES + 16 + 12), 0x0800);
  });

  it('says in one line that the disk is full', async () => {
    const { code, stderr } = await lasthop('lab', 'capture', LAB, 'left:eth1', '-w', '/dev/full');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^lasthop: cannot write to \/dev\/full: ENOSPC: no space left on device, write, after 0 frames\n$/,
    );
  });

  it('goes away with all that was in it', async () => {
    const pid = await keeperPid();
    assert.ok(pid !== undefined && isRunning(pid));
    assert.equal((await lasthop('lab', 'down', LAB)).stdout, `removed ${LAB}\n`);
    assert.equal(isRunning(pid), false);
    assert.equal(await keeperPid(), undefined);
    const down = await lasthop('lab', 'down', LAB);
    assert.equal(down.code, 1);
    assert.match(down.stderr, new RegExp(`^lasthop: no lab ${LAB} is up, `));
    const gone = await lasthop('lab', 'exec', LAB, 'left', 'true');
    assert.match(gone.stderr, new RegExp(`^lasthop: no lab ${LAB} is up, `));
  });

  it('is forgotten when it was killed', async () => {
    assert.equal((await lasthop('lab', 'up', file)).code, 0);
    const pid = await keeperPid();
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await pollUntil(5000, 'the keeper to end', async () => !isRunning(pid));
    assert.equal(await keeperPid(), undefined);
    assert.equal((await lasthop('lab', 'up', file)).code, 0);
  });
});

/** The lab's own echo request, as a program: not every machine has ping. */
function echoProgram(): string {
  return new URL('../../src/lab/icmp-echo.js', import.meta.url).pathname;
}
