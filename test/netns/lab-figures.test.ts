import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LabResult, ProbeResult } from '../../src/lab/result.js';
import { lasthop } from '../support/lasthop-command.js';

async function runFigure(file: string): Promise<LabResult> {
  const { code, stdout, stderr } = await lasthop('lab', 'run', file, '--json');
  const result = JSON.parse(stdout) as LabResult;
  const failed = result.steps.filter((step) => !step.passed);
  assert.deepEqual(failed, [], stderr);
  assert.equal(result.passed, true);
  assert.equal(code, 0);
  return result;
}

function probeOf(result: LabResult, name: string): ProbeResult {
  const probe = result.probes[name];
  assert.ok(probe !== undefined, `no probe ${name}`);
  return probe;
}

describe('the figures', () => {
  it('5-1: an address of a wire is lost with the wire', async () => {
    const wire = probeOf(await runFigure('labs/figure-5-1.yaml'), 'wire-address');
    assert.ok(wire.outageMs >= 8000, `${wire.outageMs} ms`);
    assert.equal(wire.tcpSurvived, false);
  });

  it('5-2: a virtual IP survives the wire', async () => {
    const result = await runFigure('labs/figure-5-2.yaml');
    const carrier = probeOf(result, 'carrier-loss');
    assert.ok(carrier.outageMs <= 60, `${carrier.outageMs} ms`);
    const silent = probeOf(result, 'silent-loss');
    assert.ok(silent.outageMs >= 2000 && silent.outageMs <= 5500, `${silent.outageMs} ms`);
    assert.equal(probeOf(result, 'controller-kill').lost, 0);
    assert.deepEqual(
      Object.values(result.probes).map((probe) => probe.tcpSurvived),
      [true, true, true, true],
    );
  });
});
