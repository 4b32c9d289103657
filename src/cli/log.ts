import { calendarTime, monotonicMs } from '../api/clock.js';
import type { EventDetail } from '../controller/event-log.js';
import { levelOf } from './log-level.js';

/** A line of the log, wherever it comes from. */
export interface LogEntry {
  /** CLOCK_MONOTONIC; undefined: now. */
  readonly atMs?: number;
  readonly name: string;
  readonly detail: EventDetail;
}

export type LogFormat = 'text' | 'json';
export type Log = (entry: LogEntry) => void;

/**
 * Writes each entry of level `info` or above as one line: `TIME LEVEL EVENT KEY=VALUE …`, or one JSON object with the same
 * content.
 */
export function createLog(format: LogFormat, write: (line: string) => void): Log {
  return ({ atMs = monotonicMs(), name, detail }) => {
    const level = levelOf(name, detail);
    if (level === 'debug') return;
    const time = calendarTime(atMs).toISOString();
    if (format === 'json') write(`${JSON.stringify({ time, level, event: name, ...detail })}\n`);
    else write(`${[time, level.padEnd(4), name, ...Object.entries(detail).map(formatField)].join(' ')}\n`);
  };
}

/** Longer than it takes to find another way when a link is lost. */
const LATE_MS = 20;

/**
 * As `createLog`, but a moment later, or when the process exits: packets wait for what is done about the news, and nobody
 * for its line in the log.
 */
export function createLateLog(format: LogFormat, write: (line: string) => void): Log {
  const log = createLog(format, write);
  const waiting: LogEntry[] = [];
  const flush = () => waiting.splice(0).forEach(log);
  process.on('exit', flush);
  return ({ atMs = monotonicMs(), name, detail }) => {
    if (waiting.push({ atMs, name, detail }) === 1) setTimeout(flush, LATE_MS).unref();
  };
}

function formatField([key, value]: [string, string | number | boolean]): string {
  const text = String(value);
  return `${key}=${text === '' || /[\s"=\p{Cc}]/u.test(text) ? JSON.stringify(text) : text}`;
}
