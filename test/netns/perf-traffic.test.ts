import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TransitNetwork } from '../../perf/forwarding/transit-network.js';
import { atRate, inspected, overload, type TrialSetting, untilForwarding } from '../../perf/forwarding/trial.js';
import { CTwin } from '../../perf/peers/c-twin.js';
import { KernelRouter } from '../../perf/peers/kernel-router.js';
import { needsRealRoot } from '../support/scratch-namespace.js';

/** Little enough that no machine loses any of it. */
const RATE = 5000;
const MILLISECONDS = 400;
const FRAMES = 2000;
const TRAFFIC = { flows: 8, frameBytes: [60, 1514] };

describe('generator and sink', { skip: needsRealRoot }, () => {
  let direct: TrialSetting;
  before(async () => {
    direct = { network: await TransitNetwork.buildDirect('direct'), traffic: TRAFFIC };
  });
  after(() => direct.network.sink.close());

  it('reads no loss where there is none', async () => {
    const { sent, lossRatio } = await atRate(direct, RATE, MILLISECONDS);
    // What the machine kept the generator from sending is a loss too, but not of the wire.
    assert.equal(sent.intended, FRAMES);
    assert.equal(lossRatio, (FRAMES - sent.sent) / FRAMES);
  });

  it('reads a sink that drops 1 % as a loss of 1 %', async () => {
    const { sent, received, inspection } = await inspected(direct, RATE, MILLISECONDS, 100);
    assert.equal(inspection.missed, 0);
    assert.equal(received, sent.sent - Math.floor(sent.sent / 100));
  });

  it('sees every frame once and in order, and how long it took', async () => {
    const { sent, inspection } = await inspected(direct, RATE, MILLISECONDS);
    assert.equal(inspection.received, sent.sent);
    assert.equal(inspection.duplicated, 0);
    assert.equal(inspection.reordered, 0);
    assert.equal(
      inspection.latency.reduce((sum, [, frames]) => sum + frames, 0),
      sent.sent,
    );
  });

  it('counts what comes while the generator sends all it can', async () => {
    const { offeredPps, forwardedPps } = await overload(direct, 100);
    assert.ok(offeredPps > 0 && forwardedPps > 0);
  });
});

describe('trial of a router', { skip: needsRealRoot }, () => {
  const networks: TransitNetwork[] = [];
  const routers: CTwin[] = [];
  after(() => {
    for (const network of networks) network.sink.close();
    for (const pid of routers.flatMap((router) => router.pids)) process.kill(pid);
  });

  async function build(name: string): Promise<TrialSetting> {
    const network = await TransitNetwork.build(name);
    networks.push(network);
    return { network, traffic: TRAFFIC };
  }

  it('reads a router that drops 1 % as a loss of 1 %', async () => {
    const setting = await build('lossy');
    const twin = new CTwin('cTwin', 100);
    routers.push(twin);
    await twin.start(setting.network);
    await untilForwarding(setting, () => twin.failure);
    const { sent, received } = await atRate(setting, RATE, MILLISECONDS);
    // The router counts through trials, and so may lose one more or less.
    assert.ok(Math.abs(sent.sent - received - sent.sent / 100) <= 1, `${received} of ${sent.sent}`);
  });

  it('reads no loss of the kernel', async () => {
    const setting = await build('kernel');
    const kernel = new KernelRouter('rps');
    await kernel.start(setting.network);
    await untilForwarding(setting, () => undefined);
    const { sent, received } = await atRate(setting, RATE, MILLISECONDS);
    assert.equal(received, sent.sent);
  });
});
