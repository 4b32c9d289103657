/**
 * An error meant for the person at the terminal: one line that names what, where and what was expected. `code`, in
 * capitals with underscores, is stable and can be tested; `hint` says what to do about it.
 */
export class LasthopError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LasthopError';
    this.code = code;
    this.hint = hint;
  }
}
