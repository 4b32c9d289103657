import { median } from '../result.js';

/** Drawings as SVG, in pixels, without anything from outside. Colors come from the page (`currentColor`, classes). */

const WIDTH = 720;
const LABEL_WIDTH = 200;
const VALUE_WIDTH = 90;
const ROW_HEIGHT = 24;
const RADIUS = 3;
const HISTOGRAM_HEIGHT = 80;
const BAR_WIDTH = 3;

/** A row of a plot: its name and one or more values. */
export interface Row {
  readonly name: string;
  readonly values: readonly number[];
}

/** Sizes and how many there were of each, in growing order. */
export interface Histogram {
  readonly name: string;
  readonly counts: readonly (readonly [size: number, count: number])[];
}

/** Ratios as bars from 1, on a logarithmic scale: to the right is better, and twice is as far as half. */
export function plotRatios(rows: readonly Row[]): string {
  const logs = rows.flatMap(({ values }) => values.map((value) => Math.abs(Math.log2(value)))).filter(Number.isFinite);
  const reach = Math.max(1, ...logs) * 1.05;
  const x = (ratio: number) => LABEL_WIDTH + ((Math.log2(ratio) / reach + 1) / 2) * plotWidth();
  const bars = rows.map(({ name, values }, index) => {
    const ratio = median(values);
    if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) return labelled(index, name, 'none', '');
    const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
    const kind = ratio >= 1 ? 'better' : 'worse';
    const bar = `<rect class="${kind}" x="${at(from)}" y="${top(index) + 5}" width="${at(to - from)}" height="14"/>`;
    return labelled(index, name, ratio.toPrecision(3), bar);
  });
  return svg(top(rows.length), [
    `<line class="axis" x1="${at(x(1))}" x2="${at(x(1))}" y1="0" y2="${top(rows.length)}"/>`,
    ...bars,
  ]);
}

/** Single measurements as dots from 0 on, and their medians as lines. */
export function plotSamples(rows: readonly Row[]): string {
  const most = Math.max(...rows.flatMap(({ values }) => values), Number.MIN_VALUE);
  const x = (value: number) => LABEL_WIDTH + (value / most) * plotWidth();
  const dots = rows.map(({ name, values }, index) => {
    const middle = top(index) + ROW_HEIGHT / 2;
    const marks = values.map((value) => `<circle class="dot" cx="${at(x(value))}" cy="${middle}" r="${RADIUS}"/>`);
    const line = at(x(median(values)));
    marks.push(`<line class="median" x1="${line}" x2="${line}" y1="${top(index) + 3}" y2="${top(index + 1) - 3}"/>`);
    return labelled(index, name, formatNumber(median(values)), marks.join(''));
  });
  return svg(top(rows.length), [
    `<line class="axis" x1="${LABEL_WIDTH}" x2="${LABEL_WIDTH}" y1="0" y2="${top(rows.length)}"/>`,
    ...dots,
  ]);
}

/** How many there were of each size, as bars on one logarithmic scale for all; the highest of each is as high as its row. */
export function plotHistograms(histograms: readonly Histogram[]): string {
  const sizes = histograms.flatMap(({ counts }) => counts.map(([size]) => size)).filter((size) => size > 0);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes) * 1.1];
  const scale = plotWidth() / Math.log(most / least);
  const x = (size: number) => LABEL_WIDTH + Math.log(Math.max(size, least) / least) * scale;
  const parts = histograms.map(({ name, counts }, index) => {
    const bottom = (index + 1) * HISTOGRAM_HEIGHT;
    const highest = Math.max(...counts.map(([, count]) => count));
    const bars = counts.map(([size, count]) => {
      const height = (count / highest) * (HISTOGRAM_HEIGHT - 10);
      return `<rect class="bar" x="${at(x(size))}" y="${at(bottom - height)}" width="${BAR_WIDTH}" height="${at(height)}"/>`;
    });
    const label = `<text x="${LABEL_WIDTH - 8}" y="${bottom - 4}" text-anchor="end">${escapeText(name)}</text>`;
    return [
      label,
      ...bars,
      `<line class="axis" x1="${LABEL_WIDTH}" x2="${WIDTH}" y1="${bottom}" y2="${bottom}"/>`,
    ].join('');
  });
  const base = histograms.length * HISTOGRAM_HEIGHT;
  for (let size = 10 ** Math.ceil(Math.log10(least)); size <= most; size *= 10) {
    parts.push(`<line class="axis" x1="${at(x(size))}" x2="${at(x(size))}" y1="0" y2="${base}"/>`);
    parts.push(`<text x="${at(x(size))}" y="${base + 16}" text-anchor="middle">${formatNumber(size)}</text>`);
  }
  return svg(base + ROW_HEIGHT, parts);
}

/** A number as people read it: thousands apart, three digits at least of what is small. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** A text as it may stand between tags and in attributes. */
export function escapeText(text: string): string {
  const entities: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
}

function labelled(index: number, name: string, value: string, marks: string): string {
  const base = top(index) + 16;
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${base}" text-anchor="end">${escapeText(name)}</text>`,
    marks,
    `<text x="${WIDTH}" y="${base}" text-anchor="end">${escapeText(value)}</text>`,
  ].join('');
}

function svg(height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">${parts.join('\n')}</svg>`;
}

function plotWidth(): number {
  return WIDTH - LABEL_WIDTH - VALUE_WIDTH;
}

function top(index: number): number {
  return index * ROW_HEIGHT;
}

function at(pixels: number): string {
  return pixels.toFixed(1);
}
