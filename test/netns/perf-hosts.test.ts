import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { type Reception, Traffic } from '../../perf/forwarding/traffic.js';
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
async function exchange(file: string, stamps: boolean): Promise<{ sent: number; reception: Reception }> {
  await shell(traffic.receive(9000, 0, 30, file, stamps));
  await eventually('the receiver listens', () => host.run('ss', '-Hlun').includes(':9000'));
  const { stdout } = await shell(traffic.send('127.0.0.1', 9000, 8, 64, 0.4, 1000));
  await eventually('the receiver is done', () => existsSync(file));
  return {
    ...(JSON.parse(stdout) as { sent: number }),
    reception: JSON.parse(readFileSync(file, 'utf8')) as Reception,
  };
}

it('counts every datagram that was sent', async () => {
  const { sent, reception } = await exchange('/run/all', false);
  assert.ok(sent > 0);
  assert.equal(reception.received, sent);
});

it('reads a loss of half as a loss of half', async () => {
  const filter = 'add table ip loss; add chain ip loss in { type filter hook input priority 0; }';
  await shell(`nft '${filter}; add rule ip loss in udp dport 9000 numgen inc mod 2 == 0 drop'`);
  const { sent, reception } = await exchange('/run/half', false);
  await shell('nft delete table ip loss');
  assert.ok(Math.abs(reception.received - sent / 2) <= 1, `${reception.received} of ${sent}`);
});

it('takes the time of every datagram', async () => {
  const { sent, reception } = await exchange('/run/times', true);
  assert.equal(reception.received, sent);
  const { medianUs, p99Us, p999Us, maxUs, histogram } = reception;
  const counts = histogram.map(([, count]) => count);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    sent,
  );
  assert.ok(medianUs > 0 && medianUs <= p99Us && p99Us <= p999Us && p999Us <= maxUs, JSON.stringify(reception));
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
