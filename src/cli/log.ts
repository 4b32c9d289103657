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

function formatField([key, value]: [string, string | number | boolean]): string {
  const text = String(value);
  return `${key}=${text === '' || /[\s"=\p{Cc}]/u.test(text) ? JSON.stringify(text) : text}`;
}
