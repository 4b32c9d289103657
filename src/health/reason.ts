/** Characters of a reason. */
const MAX_LENGTH = 200;

/** One line that says what went wrong. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return firstLine(error.message || error.name);
}

export function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
