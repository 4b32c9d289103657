import type { Machine, PerfResult } from '../result.js';
import { escapeText, formatNumber, type Histogram, plotHistograms, plotRatios, plotSamples, type Row } from './plot.js';

const STYLE = `
:root { color-scheme: light dark; --good: #2a7de1; --bad: #d97706; --faint: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 780px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--faint); }
table { border-collapse: collapse; } td { padding: 0.1rem 1rem 0.1rem 0; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
.better { fill: var(--good); } .worse { fill: var(--bad); } .axis { stroke: var(--faint); }
.bar { fill: var(--good); } .dot { fill: var(--good); fill-opacity: 0.5; } .median { stroke: currentColor; stroke-width: 2; }
.disturbance { color: var(--bad); } .machine { opacity: 0.7; }`;

/** One HTML page with all of these results, which loads nothing: machine, date, plots, figures. */
export function formatPage(results: readonly PerfResult[]): string {
  const contents = results.map(({ name }) => `<a href="#${escapeText(name)}">${escapeText(name)}</a>`).join(' · ');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>lasthop: measurements</title>
<style>${STYLE}</style>
<h1>lasthop: measurements</h1>
<p>A ratio is the median of pairs that were measured in turn, ours divided by the peer's: above 1 is better. Dots are single
measurements, lines their medians.</p>
<p>${contents}</p>
${results.map(formatResult).join('\n')}
</html>
`;
}

function formatResult(result: PerfResult): string {
  const samples = rowsOf(result.samples ?? {});
  const ratios = Object.entries(result.ratios).map(([name, ratio]): Row => ({ name, values: [ratio] }));
  const histograms = Object.entries(result.histograms ?? {}).map(([name, counts]): Histogram => ({ name, counts }));
  return [
    `<section id="${escapeText(result.name)}">`,
    `<h2>${escapeText(result.name)}</h2>`,
    `<p class="machine">${escapeText(describe(result.machine, result.runs))}</p>`,
    ...(result.disturbances ?? []).map((line) => `<p class="disturbance">Disturbed: ${escapeText(line)}.</p>`),
    ratios.length > 0 ? `<h3>Ratios</h3>\n${plotRatios(ratios)}` : '',
    // Only what has the same unit can be in one plot.
    ...[...samples].map(([unit, rows]) => `<h3>Single measurements, ${escapeText(unit)}</h3>\n${plotSamples(rows)}`),
    histograms.length > 0 ? `<h3>How many of which size</h3>\n${plotHistograms(histograms)}` : '',
    `<h3>Figures</h3>\n<table>${Object.entries(result.figures).map(formatFigure).join('\n')}</table>`,
    '</section>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function describe(machine: Machine, runs: number): string {
  const { cpu, cores, memoryBytes, kernel, node, date } = machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  return `${date}, ${runs} runs. ${cores} × ${cpu}, ${memory}, Linux ${kernel}, Node.js ${node}`;
}

function formatFigure([name, value]: [string, number | string]): string {
  const isNumber = typeof value === 'number';
  const text = isNumber ? formatNumber(value) : value;
  return `<tr><td>${escapeText(name)}</td><td${isNumber ? ' class="number"' : ''}>${escapeText(text)}</td></tr>`;
}

/** By the unit that a name ends with: what begins with the last capital after a small letter. */
function rowsOf(samples: { readonly [name: string]: readonly number[] }): Map<string, Row[]> {
  const units = new Map<string, Row[]>();
  for (const [key, values] of Object.entries(samples)) {
    if (values.length === 0) continue;
    const [, name = key, unit = ''] = /^(.*[a-z0-9])([A-Z][a-z]*)$/.exec(key) ?? [];
    const rows = units.get(unit) ?? [];
    units.set(unit, rows);
    rows.push({ name, values });
  }
  return units;
}
