import { setPriority } from 'node:os';
import { native } from '../kernel/binding.js';

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

/** The shortest slice there is. */
const SLICE_US = 100;

/**
 * Has the calling thread, whose share stays the same, take it in short turns. Linux 6.12 and later then interrupt for it who
 * runs as soon as it is woken; otherwise it waits for the end of the other's slice, 3 ms or more. Elsewhere nothing changes.
 */
export function takeShortTurns(): void {
  try {
    native.takeSlice(SLICE_US);
  } catch {
    // A sandbox may not know the system call, and no router depends on it.
  }
}

/** The lowest real-time priority: above all threads that are scheduled fairly, below everybody else's real-time threads. */
const DEADLINE_PRIORITY = 1;
const DEADLINE_NICE_VALUE = -20;

/**
 * Gives the calling thread, which is to sleep almost always, the processor whenever it wants it. Where real time is not
 * allowed (CAP_SYS_NICE, or a control group without a real-time budget) the best nice value has to do. Returns why not.
 */
export function takeDeadlinePrecedence(): string | undefined {
  try {
    native.takeRealtime(DEADLINE_PRIORITY);
    return undefined;
  } catch (error) {
    takePrecedence(DEADLINE_NICE_VALUE);
    return (error as Error).message;
  }
}
