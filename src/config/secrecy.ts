/** Values that must not be in a message, a log or a terminal's history: those below `authentication`, but for these. */
const OPEN_KEYS: readonly PropertyKey[] = ['id', 'algorithm', 'send-from', 'send-until', 'accept-from', 'accept-until'];

/** What a line of a file has near a secret. */
const SECRET_WORDS = /authentication|password|secret|\bkeys?\b/i;
/** Lines above the one at fault that may show that it is a secret. */
const LINES_AROUND = 2;

/** True if the value at `path` of a document may be a secret, or stand where somebody put one. */
export function isSecret(path: readonly PropertyKey[]): boolean {
  return isNearSecret(path) && !OPEN_KEYS.includes(path.at(-1) ?? '');
}

/** True for everything below `authentication`. */
export function isNearSecret(path: readonly PropertyKey[]): boolean {
  return path.includes('authentication');
}

/** What may be said of a value that is secret. */
export function describeSecret(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return typeof value === 'string' ? `text of ${Buffer.byteLength(value)} bytes` : 'no text';
}

/** True if the text around `offset` may be a secret; for what cannot be read, and so has no path. */
export function isTextNearSecret(text: string, offset: number): boolean {
  const lineEnd = text.indexOf('\n', offset);
  const lines = text.slice(0, lineEnd < 0 ? undefined : lineEnd).split('\n');
  return SECRET_WORDS.test(lines.slice(-1 - LINES_AROUND).join('\n'));
}
