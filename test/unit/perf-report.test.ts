import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatPage } from '../../perf/report/page.js';
import { formatNumber } from '../../perf/report/plot.js';
import { readResults, saveResult } from '../../perf/report/result-files.js';
import type { PerfResult } from '../../perf/result.js';
import { latencyQuantile } from '../../perf/traffic/latency-histogram.js';

const RESULT: PerfResult = {
  name: 'veth',
  machine: {
    cpu: 'A <fast> one',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    kernel: '6.1',
    node: '20.20.2',
    v8: '11.3',
    date: '2026-01-02T03:04:05.000Z',
  },
  runs: 7,
  figures: { traffic: '60-byte frames', lasthopPps: 612_345.4 },
  ratios: { cTwin: 0.5, kernel: 2 },
  samples: { lasthopPps: [600_000, 612_345, 620_000], cTwinPps: [640_000], waitUs: [12] },
  histograms: {
    load50Us: [
      [10, 3],
      [100, 1],
    ],
  },
  disturbances: ['the generator was held up'],
};

describe('page of results', () => {
  const page = formatPage([RESULT]);

  it('says on what and when it was measured, and what disturbed it', () => {
    assert.match(
      page,
      /2026-01-02T03:04:05\.000Z, 7 runs\. 2 × A &lt;fast&gt; one, 8 GiB, Linux 6\.1, Node\.js 20\.20\.2/,
    );
    assert.match(page, /Disturbed: the generator was held up\./);
    assert.match(page, /<td>lasthopPps<\/td><td class="number">612,345<\/td>/);
  });

  it('draws half as far to the left as twice is to the right', () => {
    const bars = [...page.matchAll(/<rect class="(\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)];
    assert.deepEqual(
      bars.map(([, kind]) => kind),
      ['worse', 'better'],
    );
    assert.equal(bars[0][3], bars[1][3]);
    assert.ok(Number(bars[0][2]) < Number(bars[1][2]));
  });

  it('draws what has one unit together, every measurement a dot', () => {
    assert.equal(page.match(/Single measurements, Pps/g)?.length, 1);
    assert.equal(page.match(/Single measurements, Us/g)?.length, 1);
    assert.equal(page.match(/class="dot"/g)?.length, 5);
  });

  it('draws histograms with the sizes below', () => {
    assert.equal(page.match(/class="bar"/g)?.length, 2);
    assert.match(page, /text-anchor="middle">10<\/text>/);
    assert.match(page, /text-anchor="middle">100<\/text>/);
  });

  it('loads nothing', () => {
    assert.doesNotMatch(page, /<script|<link|src=|url\(|@import|https?:/);
  });
});

describe('results', () => {
  it('keeps the latest of each name', () => {
    const directory = mkdtempSync(join(tmpdir(), 'lasthop-results-'));
    try {
      saveResult({ ...RESULT, runs: 1 }, directory);
      saveResult(RESULT, directory);
      saveResult({ ...RESULT, name: 'check' }, directory);
      assert.deepEqual(readResults(directory), [{ ...RESULT, name: 'check' }, RESULT]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('formats numbers for people', () => {
    assert.deepEqual([1234567.8, 999, 12.3456, 0.001234, Number.NaN].map(formatNumber), [
      '1,234,568',
      '999',
      '12.3',
      '0.00123',
      'none',
    ]);
  });

  it('reads quantiles from a histogram', () => {
    const latency = [
      [10, 50],
      [20, 40],
      [1000, 10],
    ] as const;
    assert.equal(latencyQuantile(latency, 0.5), 10);
    assert.equal(latencyQuantile(latency, 0.51), 20);
    assert.equal(latencyQuantile(latency, 0.999), 1000);
    assert.ok(Number.isNaN(latencyQuantile([], 0.5)));
  });
});
