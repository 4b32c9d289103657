import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import { probeOf, runFigure } from '../support/figure.js';

describe('the figures', () => {
  it('5-1: an address of a wire is lost with the wire', async () => {
    const wire = probeOf(await runFigure('labs/figure-5-1.yaml'), 'wire-address');
    assert.ok(wire.outageMs >= 8000, `${wire.outageMs} ms`);
    assert.equal(wire.tcpSurvived, false);
  });

  it('5-2: a virtual IP survives the wire', async () => {
    const result = await runFigure('labs/figure-5-2.yaml');
    const carrier = probeOf(result, 'carrier-loss');
    assert.ok(carrier.outageMs < 2000, `noticed by carrier, not by the dead interval: ${carrier.outageMs} ms`);
    const silent = probeOf(result, 'silent-loss');
    assert.ok(silent.outageMs >= 2000, `noticed by the dead interval: ${silent.outageMs} ms`);
    assert.equal(probeOf(result, 'controller-kill').lost, 0);
    assert.deepEqual(
      Object.values(result.probes).map((probe) => probe.tcpSurvived),
      [true, true, true, true],
    );
  });
});

describe('what a virtual IP promises', () => {
  it('one connection survives every network card of both its ends', async () => {
    await runFigure('labs/both-ends.yaml');
  });

  it('a whole subnet fails, and is taken out for maintenance without loss', async () => {
    const result = await runFigure('labs/lan-redundancy.yaml');
    assert.equal(probeOf(result, 'maintenance').lost, 0);
    for (const name of ['carrier', 'silent', 'maintenance'])
      assert.equal(probeOf(result, name).tcpSurvived, true, name);
  });

  it('one name serves while any network card is left', {
    skip: isInstalled('dnsmasq') ? false : 'no dnsmasq',
  }, async () => {
    await runFigure('labs/one-name.yaml');
  });

  it('its checks and drains decide where it is served', async () => {
    await runFigure('test/labs/vip-health.yaml');
  });

  const withEtcd = { skip: isInstalled('etcd') ? false : 'no etcd (apt-get install etcd-server)' };

  it('an exclusive one has another owner after a power loss', withEtcd, async () => {
    await runFigure('labs/takeover.yaml');
  });

  it('an owner of an exclusive one that was frozen answers nothing afterwards', withEtcd, async () => {
    await runFigure('labs/freeze.yaml');
  });
});
