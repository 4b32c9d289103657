import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LasthopError } from '../base/errors.js';
import { labEnvironment } from './program.js';
import { inNamespace } from './wiring.js';

/** What an agent tells: first `ready`, then its status now and then, and `final` after it was asked to finish. */
export type FromAgent<Status> =
  | { readonly type: 'ready' }
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'final'; readonly status: Status }
  | { readonly type: 'failed'; readonly message: string };

const READY_WITHIN_MS = 10_000;

/**
 * A small program of the lab's own that runs in a node's namespace: prober, echo server, ends of a transfer, capture.
 * It stands for an application: it knows nothing of lasthop and talks through the kernel of its node.
 */
export class Agent<Status> {
  private latest: Status | undefined;
  private final: Status | undefined;
  private problem: string | undefined;
  private listeners: (() => void)[] = [];

  private isReady = false;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (message: FromAgent<Status>) => this.receive(message));
    child.once('error', (error) => this.fail(error.message));
    child.once('exit', (code, signal) => this.fail(`it ended early (${signal ?? `exit code ${code}`})`));
  }

  /** Starts `module` (a file beside this one) in a namespace and waits until it is ready. */
  static async start<Status>(
    name: string,
    namespace: string,
    module: string,
    args: readonly string[],
  ): Promise<Agent<Status>> {
    const script = fileURLToPath(new URL(module, import.meta.url));
    const [program, words] = inNamespace(namespace, [process.execPath, script, ...args]);
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 2, 'ipc'], env: labEnvironment() });
    const agent = new Agent<Status>(name, child);
    await agent.until(() => agent.isReady, READY_WITHIN_MS, 'to be ready');
    return agent;
  }

  /** The last status that it told; undefined if it has none to tell. */
  get status(): Status | undefined {
    return this.final ?? this.latest;
  }

  /** Why it cannot do its work, in one line. */
  get failure(): string | undefined {
    return this.problem;
  }

  /** Asks it to come to an end, and returns its last word. It stays until it is killed. */
  async finish(withinMs: number): Promise<Status> {
    if (this.child.connected) this.child.send('finish');
    await this.until(() => this.final !== undefined, withinMs, 'to finish');
    return this.final!;
  }

  kill(): void {
    this.child.removeAllListeners('exit');
    this.child.kill('SIGKILL');
  }

  private receive(message: FromAgent<Status>): void {
    if (message.type === 'ready') this.isReady = true;
    if (message.type === 'status') this.latest = message.status;
    if (message.type === 'final') this.final = message.status;
    if (message.type === 'failed') this.problem ??= message.message;
    this.notify();
  }

  private fail(reason: string): void {
    if (this.final === undefined) this.problem ??= reason;
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners.splice(0)) listener();
  }

  private async until(reached: () => boolean, withinMs: number, what: string): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!reached()) {
      if (this.problem !== undefined) throw new LasthopError('LAB', `${this.name}: ${this.problem}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new LasthopError('LAB', `${this.name}: waited ${withinMs / 1000} s for it ${what}`);
      await this.change(left);
    }
  }

  /** Resolves at the next message or after `ms`. */
  private change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.listeners.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
