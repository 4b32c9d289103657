import { z } from 'zod';
import type { AuthenticationSettings, KeyLifetime, KeySettings } from './config.js';
import { choice, type Field, field, integer, textField } from './field.js';

/** The field of a packet that carries it has as many (RFC 2328 appendix D.4.1). */
const MAX_PASSWORD_BYTES = 8;
/** An MD5 digest is appended to, and computed over, a key of this size (RFC 2328 appendix D.4.3). */
const MAX_MD5_SECRET_BYTES = 16;
const MAX_SECRET_BYTES = 255;

const utf8 = new TextEncoder();

/**
 * Text whose bytes nobody but the neighbors may learn. A zero byte is refused: it is padding in a packet, and some
 * routers end a text there.
 */
function secretBytes(maximum: number): Field<Uint8Array> {
  return field(`text of 1 to ${maximum} bytes, in quotes if it has no letter`, (value) => {
    if (typeof value !== 'string' || value.includes('\0')) return undefined;
    const bytes = utf8.encode(value);
    return bytes.length >= 1 && bytes.length <= maximum ? bytes : undefined;
  });
}

/** Milliseconds since 1970. */
const instant: Field<number> = textField('a time with its zone such as 2026-01-31T00:00:00Z', (text) => {
  const date = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1];
  if (date === undefined || !isCalendarDate(date)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
});

const key = z
  .strictObject({
    id: integer(0, 255),
    algorithm: choice(['md5', 'hmac-sha-1', 'hmac-sha-256', 'hmac-sha-384', 'hmac-sha-512']),
    secret: secretBytes(MAX_SECRET_BYTES),
    'send-from': instant.optional(),
    'send-until': instant.optional(),
    'accept-from': instant.optional(),
    'accept-until': instant.optional(),
  })
  .transform((value, context): KeySettings => {
    if (value.algorithm === 'md5' && value.secret.length > MAX_MD5_SECRET_BYTES) {
      const message = `text of 1 to ${MAX_MD5_SECRET_BYTES} bytes for md5`;
      context.issues.push({ code: 'custom', message, path: ['secret'], input: undefined });
    }
    const { id, algorithm, secret } = value;
    const send = lifetime(value['send-from'], value['send-until']);
    const accept = lifetime(value['accept-from'], value['accept-until']);
    return { id, algorithm, secret, send, accept };
  });

export const authentication = z
  .strictObject({ password: secretBytes(MAX_PASSWORD_BYTES).optional(), keys: z.array(key).min(1).optional() })
  .transform((value, context): AuthenticationSettings => {
    const { password, keys } = value;
    if ((password === undefined) === (keys === undefined)) {
      context.issues.push({ code: 'custom', message: 'either "password" or "keys"', input: value });
    }
    if (password !== undefined) return { kind: 'simple', password };
    return { kind: 'cryptographic', keys: keys ?? [] };
  });

function lifetime(fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY): KeyLifetime {
  return { fromMs, untilMs };
}

/** False for the likes of 2026-02-30, which `Date` takes for a day of March. */
function isCalendarDate(date: string): boolean {
  const atMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(date);
}
