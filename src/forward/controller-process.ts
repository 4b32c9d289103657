import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromForwarder, ToForwarder } from './messages.js';

/** The way to a controller, whatever process it lives in. */
export interface ControllerChannel {
  /** Returns false if the message was not taken: no controller is connected, or it does not keep up with packets. */
  send(message: FromForwarder): boolean;
  /** Names the one receiver of the controller's messages. They come from a less privileged process: check them. */
  onMessage(receive: (message: ToForwarder) => void): void;
}

export interface ControllerProcessOptions {
  /** File of the controller's module. */
  readonly module: URL;
  readonly arguments: readonly string[];
  /** A controller has started; `restarts` counts those before it. */
  readonly onStart: (pid: number, restarts: number) => void;
  /** A controller has ended; the next one starts after `delayMs`, undefined if there is to be none. */
  readonly onExit: (how: string, delayMs: number | undefined) => void;
}

/**
 * V8 throws away what it compiled of a function that was not called for some collections of garbage. What a router does
 * about a failure is not called for months, and has to be fast then.
 */
export const KEEP_COMPILED = '--no-flush-bytecode';

/** Wait before the next start after a controller ended: none the first time, then doubled from the second up to the last. */
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 30_000;
/** A controller that lived this long is forgiven its end. */
const STABLE_MS = 60_000;
/** Punted packets on their way to the controller at most; more are dropped, as it does not keep up. */
const MAX_PUNTS_UNDER_WAY = 1024;

/** The wait before restart number `attempt` (0, 1, …) in a row. */
export function restartDelayMs(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LAST_DELAY_MS);
}

/**
 * The controller as a child process, restarted whenever it ends. It is connected by Node's IPC channel: when this
 * process dies, the channel closes and the controller ends by itself.
 */
export class ControllerProcess implements ControllerChannel {
  private readonly options: ControllerProcessOptions;
  private receive: (message: ToForwarder) => void = () => {};
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private starts = 0;
  private attempt = 0;
  private startedMs = 0;
  private puntsUnderWay = 0;
  private last = false;
  private closing = false;

  constructor(options: ControllerProcessOptions) {
    this.options = options;
  }

  /** How often a controller was started again. */
  get restarts(): number {
    return Math.max(this.starts - 1, 0);
  }

  /** The process id of the running controller. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  onMessage(receive: (message: ToForwarder) => void): void {
    this.receive = receive;
  }

  start(): void {
    const { module, arguments: args } = this.options;
    const child = fork(fileURLToPath(module), [...args], { serialization: 'advanced', execArgv: [KEEP_COMPILED] });
    this.child = child;
    this.starts++;
    this.startedMs = performance.now();
    this.puntsUnderWay = 0;
    child.on('message', (message) => {
      if (this.child === child) this.receive(message as ToForwarder);
    });
    // Other errors than that there is no process are seen by the end of the process.
    child.on('error', (error) => {
      if (child.pid === undefined) this.ended(child, error.message);
    });
    // Without its channel it can neither be told anything nor be of use.
    child.once('disconnect', () => {
      if (!this.closing) child.kill('SIGKILL');
    });
    child.once('exit', (code, signal) => this.ended(child, signal ?? `exit code ${code}`));
    if (child.pid !== undefined) this.options.onStart(child.pid, this.restarts);
  }

  send(message: FromForwarder): boolean {
    const { child } = this;
    if (child === undefined || !child.connected) return false;
    if (message.type !== 'punt') {
      child.send(message, ignoreClosedChannel);
      return true;
    }
    if (this.puntsUnderWay >= MAX_PUNTS_UNDER_WAY) return false;
    this.puntsUnderWay++;
    child.send(message, () => {
      if (this.child === child) this.puntsUnderWay--;
    });
    return true;
  }

  /** The controller that runs now, if any, is the last one. */
  letBeLast(): void {
    this.last = true;
    clearTimeout(this.timer);
  }

  /** Ends the controller for good: closes its channel, and kills it if that does not help within `graceMs`. */
  async end(graceMs: number): Promise<void> {
    this.letBeLast();
    this.closing = true;
    const { child } = this;
    if (child === undefined) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.disconnect();
    const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(kill);
  }

  private ended(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.last) {
      this.options.onExit(how, undefined);
      return;
    }
    if (performance.now() - this.startedMs >= STABLE_MS) this.attempt = 0;
    const delayMs = restartDelayMs(this.attempt++);
    this.options.onExit(how, delayMs);
    this.timer = setTimeout(() => this.start(), delayMs);
  }
}

/** The channel may close between the check and the write; the end of the controller is then seen by `exit`. */
function ignoreClosedChannel(): void {}
