import type { LabStatus, LogTail } from '../lab/keeper-messages.js';
import type { LabResult, ProbeResult, StepResult } from '../lab/result.js';
import { formatTable } from './table.js';

/** One line of the timeline. */
export function formatStep({ atMs, passed, name, detail }: StepResult): string {
  const time = `${(atMs / 1000).toFixed(3)} s`.padStart(10);
  return `${time}  ${passed ? 'ok  ' : 'FAIL'}  ${name}${detail === '' ? '' : `\n${' '.repeat(18)}${detail}`}\n`;
}

/** What follows the timeline: the probes' figures, and the verdict. */
export function formatResult({ lab, passed, steps, probes }: LabResult): string {
  const rows = Object.entries(probes).map(([probe, figures]) => ({ probe, ...figures }));
  const table = rows.length === 0 ? '' : `\n${formatTable(PROBE_COLUMNS, rows)}`;
  const failed = steps.find((step) => !step.passed);
  const verdict = failed === undefined ? (passed ? 'passed' : 'FAILED') : `FAILED at "${failed.name}"`;
  return `${table}\n${lab}: ${verdict}\n`;
}

const PROBE_COLUMNS = [
  { key: 'probe', heading: 'PROBE' },
  { key: 'sent', heading: 'SENT' },
  { key: 'lost', heading: 'LOST' },
  { key: 'outageMs', heading: 'OUTAGE MS' },
  { key: 'tcpSurvived', heading: 'TCP SURVIVED', format: formatSurvival },
] as const;

function formatSurvival(value: unknown): string {
  const survived = value as ProbeResult['tcpSurvived'];
  return survived === null ? '-' : survived ? 'yes' : 'no';
}

export function formatLogs(directory: string, tails: readonly LogTail[]): string {
  const parts = tails.map(({ node, text }) => `--- ${node}, the last lines of its log\n${text}`);
  return `${parts.join('')}--- all logs: ${directory}\n`;
}

export interface LabRow extends LabStatus {
  readonly lab: string;
  readonly file: string;
  readonly pid: number;
}

export function formatLabs(labs: readonly LabRow[]): string {
  if (labs.length === 0) return 'no lab is up\n';
  return labs
    .map(({ lab, file, pid, nodes, failedLinks }) => {
      const rows = nodes.map((node) => ({ ...node, state: node.failure ?? 'running' }));
      const failed = failedLinks.map(({ link, mode }) => `failed: ${link} (${mode})\n`).join('');
      return `${lab}  (${file}, process ${pid})\n${formatTable(NODE_COLUMNS, rows)}${failed}`;
    })
    .join('\n');
}

const NODE_COLUMNS = [
  { key: 'node', heading: 'NODE' },
  { key: 'kind', heading: 'KIND' },
  { key: 'links', heading: 'LINKS' },
  { key: 'state', heading: 'STATE' },
] as const;
