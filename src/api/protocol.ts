import { LasthopError } from '../base/errors.js';

/**
 * The control protocol: one JSON object a line over a UNIX stream socket.
 *
 * ```
 *   → {"id": 1, "method": "vips", "params": {}}
 *   ← {"id": 1, "result": [...]}
 *   ← {"id": 1, "error": {"code": "TIMEOUT", "message": "..."}}
 *   ← {"id": 1, "item": {...}}            any number, after the result of a method that watches
 * ```
 */
export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Params;
}

export type Params = { readonly [key: string]: unknown };

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly item: unknown }
  | { readonly id: number | null; readonly error: { readonly code: string; readonly message: string } };

/** Characters of a request. */
export const MAX_REQUEST_LENGTH = 65_536;
/** Characters of a reply: the LSDB or the routes of a large network in one piece. */
export const MAX_REPLY_LENGTH = 256 * 1024 * 1024;

/** Reads one line of a client. Throws a LasthopError with code BAD_REQUEST for anything that is not a request. */
export function parseRequest(line: string): Request {
  const value = parseObject(line);
  const { id, method, params = {} } = value ?? {};
  if (typeof id !== 'number' || typeof method !== 'string' || !isObject(params)) {
    throw new LasthopError(
      'BAD_REQUEST',
      'bad request, expected {"id": NUMBER, "method": TEXT, "params": {}} in one line',
    );
  }
  return { id, method, params };
}

/** Reads one line of the server. Throws a LasthopError with code BAD_REPLY for anything that is not a reply. */
export function parseReply(line: string): Reply {
  const value = parseObject(line);
  if (value !== undefined && (typeof value.id === 'number' || value.id === null)) {
    const { id, error } = value;
    if (isObject(error) && typeof error.code === 'string' && typeof error.message === 'string') {
      return { id, error: { code: error.code, message: error.message } };
    }
    if (id !== null && 'result' in value) return { id, result: value.result };
    if (id !== null && 'item' in value) return { id, item: value.item };
  }
  throw new LasthopError(
    'BAD_REPLY',
    'the control socket gave something that is no reply, expected a lasthop router there',
  );
}

function parseObject(line: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
