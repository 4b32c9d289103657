/** What people are told in place of the code of a system's error. */
const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a directory',
  ENXIO: 'it is not a file',
};

/** Why a file cannot be read, in words that go after "cannot read FILE: ". */
export function unreadableReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  return REASONS[String(code)] ?? error.message;
}
