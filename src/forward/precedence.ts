import { setPriority } from 'node:os';

/** Nice value of a forwarding thread: packets wait for nobody's batch job. */
export const FORWARDING_PRECEDENCE = -10;
/** Nice value of the forwarder's main thread and of the controller that it starts: a lost link is news that hurries. */
export const CONTROL_PRECEDENCE = -5;

/**
 * Gives the calling thread, and what it starts from now on, a nice value (setpriority(2) of Linux is about one thread).
 * Where CAP_SYS_NICE is missing nothing changes: a router is slower under load without it, and right all the same.
 */
export function takePrecedence(niceValue: number): void {
  try {
    setPriority(niceValue);
  } catch {
    // CAP_SYS_NICE is not among the capabilities that a router must have.
  }
}
