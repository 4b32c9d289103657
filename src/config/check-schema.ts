import { z } from 'zod';
import { formatIpv4 } from '../base/ipv4.js';
import type { CheckConfig, Probe } from './config.js';
import { DEFAULTS } from './defaults.js';
import { choice, type Field, field, flag, integer, ipv4, textField } from './field.js';

/** `HOST:PORT`; an address or a name. */
const endpoint: Field<{ host: string; port: number }> = textField(
  'HOST:PORT such as 127.0.0.1:80, port 1 to 65535',
  (text) => {
    const [, host, digits] = /^([A-Za-z0-9][A-Za-z0-9.-]*):(\d{1,5})$/.exec(text) ?? [];
    const number = Number(digits);
    return host !== undefined && number >= 1 && number <= 65535 ? { host, port: number } : undefined;
  },
);

const url: Field<URL> = textField('a URL such as http://127.0.0.1/health or https://…', (text) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  return parsed !== undefined && /^https?:$/.test(parsed.protocol) ? parsed : undefined;
});

const line = textField('a text of 1 to 1000 characters', (text) =>
  text.length > 0 && text.length <= 1000 && !text.includes('\0') ? text : undefined,
);

const argv: Field<readonly [string, ...string[]]> = field(
  'a program with its arguments such as [/usr/bin/test, -e, /run/ready]',
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string' && !word.includes('\0'))
      ? (value as unknown as readonly [string, ...string[]])
      : undefined,
);

/** A status, or a range of them. */
const status: Field<readonly [number, number]> = field('a status such as 200, or a range such as 200-299', (value) => {
  const [, first = '', last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(value)) ?? [];
  return first !== '' && first <= last ? [Number(first), Number(last)] : undefined;
});

/** One check of a VIP: what is tried (exactly one of the first six), how often, and what it takes to be believed. */
export const check = z
  .strictObject({
    tcp: endpoint.optional(),
    http: url.optional(),
    dns: line.optional(),
    icmp: ipv4.optional(),
    command: argv.optional(),
    process: line.optional(),
    method: choice(['GET', 'HEAD']).optional(),
    status: z.union([status.transform((one) => [one]), z.array(status)]).optional(),
    body: line.optional(),
    host: line.optional(),
    insecure: flag.optional(),
    server: ipv4.optional(),
    answer: ipv4.optional(),
    interval: integer(10, 3_600_000, 'milliseconds').default(DEFAULTS.checkIntervalMs),
    timeout: integer(10, 600_000, 'milliseconds').default(DEFAULTS.checkTimeoutMs),
    rise: integer(1, 1000).default(DEFAULTS.checkRise),
    fall: integer(1, 1000).default(DEFAULTS.checkFall),
    initial: choice(['up', 'down']).default(DEFAULTS.checkInitial),
  })
  .transform((value, context): CheckConfig => {
    const { interval, timeout, rise, fall, initial } = value;
    const probes = KINDS.filter((kind) => value[kind] !== undefined);
    if (probes.length !== 1) {
      context.issues.push({ code: 'custom', message: `exactly one of ${KINDS.join(', ')}`, input: value });
    }
    const [kind = 'process'] = probes;
    for (const [key, of] of Object.entries(OPTIONS)) {
      if (of === kind || value[key as keyof typeof OPTIONS] === undefined) continue;
      context.issues.push({ code: 'custom', message: `nothing but beside "${of}"`, path: [key], input: value });
    }
    return { probe: probeOf(value), intervalMs: interval, timeoutMs: timeout, rise, fall, initial };
  });

const KINDS = ['tcp', 'http', 'dns', 'icmp', 'command', 'process'] as const;
/** What goes with which kind only. */
const OPTIONS = {
  method: 'http',
  status: 'http',
  body: 'http',
  host: 'http',
  insecure: 'http',
  server: 'dns',
  answer: 'dns',
} as const;

interface CheckValue {
  readonly tcp?: { host: string; port: number } | undefined;
  readonly http?: URL | undefined;
  readonly dns?: string | undefined;
  readonly icmp?: number | undefined;
  readonly command?: readonly [string, ...string[]] | undefined;
  readonly process?: string | undefined;
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly status?: readonly (readonly [number, number])[] | undefined;
  readonly body?: string | undefined;
  readonly host?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly server?: number | undefined;
  readonly answer?: number | undefined;
}

function probeOf(value: CheckValue): Probe {
  if (value.tcp !== undefined) return { kind: 'tcp', ...value.tcp };
  if (value.http !== undefined) {
    const { http: target, method = 'GET', status: wanted = [[200, 299]], body, host, insecure = false } = value;
    return { kind: 'http', url: target, method, status: wanted, body, host, insecure };
  }
  if (value.dns !== undefined) {
    const { server = LOOPBACK, answer } = value;
    const address = answer === undefined ? undefined : formatIpv4(answer);
    return { kind: 'dns', name: value.dns, server: formatIpv4(server), address };
  }
  if (value.icmp !== undefined) return { kind: 'icmp', address: formatIpv4(value.icmp) };
  if (value.command !== undefined) {
    const [program, ...args] = value.command;
    return { kind: 'command', program, args };
  }
  return { kind: 'process', name: value.process ?? '' };
}

const LOOPBACK = 0x7f000001;
