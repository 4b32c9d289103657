import { setPriority } from 'node:os';

/** Nice value of a measuring instrument: what it waits for the processor would be in its figures. */
const PRIORITY = -15;

/** Gives this process precedence where that is allowed; without, the figures are a little worse. */
export function takePrecedence(): void {
  try {
    setPriority(PRIORITY);
  } catch {
    // Not allowed (a user namespace): measure as well as we may.
  }
}
