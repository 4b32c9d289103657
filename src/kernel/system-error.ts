import { getSystemErrorMap } from 'node:util';

/** An error of the kernel in the form of Node's own: `code` ("ENODEV"), `errno` (negative) and `syscall`. */
export interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** `errno` is positive, as in the C headers; `detail` follows the call's name in the message. */
export function systemError(errno: number, syscall: string, detail = ''): SystemError {
  const [code, text] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, `error ${errno}`];
  const message = `${code}: ${text}, ${syscall}${detail === '' ? '' : ` ${detail}`}`;
  return Object.assign(new Error(message), { code, errno: -errno, syscall });
}

export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'errno' in error && 'syscall' in error;
}

/** True if `error` came from the kernel with one of `codes` (names such as `ENODEV`). */
export function hasCode(error: unknown, ...codes: readonly string[]): error is SystemError {
  return isSystemError(error) && codes.includes(error.code);
}
