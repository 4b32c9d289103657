import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { type Count, type Steps, type Stream, type Times, Traffic } from '../../perf/forwarding/traffic.js';
import { lasthop } from '../support/lasthop-command.js';
import { eventually, ScratchNamespace } from '../support/scratch-namespace.js';

let host: ScratchNamespace;
let traffic: Traffic;
before(async () => {
  host = new ScratchNamespace();
  traffic = await Traffic.build();
});
after(async () => {
  await traffic.remove();
  host.close();
});

function shell(command: string): Promise<{ stdout: string }> {
  return promisify(execFile)('ip', ['netns', 'exec', host.name, 'sh', '-c', command]);
}

/** Sends 0.4 seconds' worth at a rate that no machine is too slow for; returns what either end says. */
async function exchange<Answer>(
  file: string,
  mode: Parameters<Traffic['receive']>[2],
  stream: Partial<Stream> = {},
): Promise<{ sent: number; answer: Answer }> {
  await shell(traffic.receive(9000, file, mode));
  await eventually('the receiver listens', () => host.run('ss', '-Hlun').includes(':9000'));
  const usual = { flows: 8, payloadBytes: 64, warmUpSeconds: 0, seconds: 0.4, rate: 1000 };
  const { stdout } = await shell(traffic.send('127.0.0.1', 9000, { ...usual, ...stream }));
  await eventually('the receiver is done', () => existsSync(file));
  return { ...(JSON.parse(stdout) as { sent: number }), answer: JSON.parse(readFileSync(file, 'utf8')) as Answer };
}

it('counts every datagram that was sent, and none that warms the way up', async () => {
  const { sent, answer } = await exchange<Count>('/run/all', { countSeconds: 30 }, { warmUpSeconds: 0.1 });
  assert.equal(sent, 400);
  assert.equal(answer.received, sent);
});

it('reads a loss of half as a loss of half', async () => {
  const filter = 'add table ip loss; add chain ip loss in { type filter hook input priority 0; }';
  await shell(`nft '${filter}; add rule ip loss in udp dport 9000 numgen inc mod 2 == 0 drop'`);
  const { sent, answer } = await exchange<Count>('/run/half', { countSeconds: 30 });
  const { answer: rising } = await exchange<Steps>('/run/half-steps', 'steps', { toRate: 2000 });
  await shell('nft delete table ip loss');
  assert.ok(Math.abs(answer.received - sent / 2) <= 1, `${answer.received} of ${sent}`);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const planned = sum(rising.steps.map(([, each]) => each));
  const arrived = sum(rising.steps.map(([, , each]) => each));
  assert.ok(Math.abs(arrived - planned / 2) <= 1 + planned / 100, `${arrived} of ${planned}`);
});

it('tells the steps of a rate that rises', async () => {
  const { sent, answer } = await exchange<Steps>('/run/steps', 'steps', { toRate: 2000 });
  assert.equal(
    answer.steps.reduce((sum, [, planned]) => sum + planned, 0),
    sent,
  );
  const offered = answer.steps.map(([rate]) => rate);
  assert.equal(offered.length, 48);
  assert.ok(offered[47] > offered[0], String(offered));
});

it('takes the time of every datagram', async () => {
  const { sent, answer } = await exchange<Times>('/run/times', 'times', { warmUpSeconds: 0.1 });
  assert.equal(answer.received, sent);
  const { medianUs, p99Us, p999Us, maxUs, histogram } = answer;
  const counts = histogram.map(([, count]) => count);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    sent,
  );
  assert.ok(medianUs > 0 && medianUs <= p99Us && p99Us <= p999Us && p999Us <= maxUs, JSON.stringify(answer));
});

it('a measurement in turn ends with figures of both', async () => {
  const { code, stdout, stderr } = await lasthop('perf', 'tcp', '--runs', '1', '--json');
  assert.equal(code, 0, stderr);
  const { name, runs, figures, ratios } = JSON.parse(stdout) as {
    readonly name: string;
    readonly runs: number;
    readonly figures: { readonly [name: string]: number };
    readonly ratios: { readonly [name: string]: number };
  };
  assert.deepEqual([name, runs], ['tcp', 1]);
  assert.ok(figures.lasthopGigabitPerSecond > 0 && figures.kernelGigabitPerSecond > 0, stdout);
  assert.ok(ratios.kernel > 0);
});
