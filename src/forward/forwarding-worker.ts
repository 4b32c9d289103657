import { Worker } from 'node:worker_threads';
import { LasthopError } from '../base/errors.js';
import { SharedRing } from '../base/ring.js';
import { native, type Watcher } from '../kernel/binding.js';
import { SLOT_BYTES } from '../link/frame.js';
import { xdpBytes } from '../link/xdp-layout.js';
import { ENGINE_ARENA_SLOTS } from './arena-layout.js';
import type { DeputyInput } from './bfd-deputy.js';
import type { WorkerInput } from './forwarding-loop.js';
import { MAILBOX_BYTES, Mailbox } from './mailbox.js';
import type { PlaneMemory } from './plane.js';
import { WorkerStatus } from './worker-status.js';

const { NETLINK_ROUTE, RTMGRP_LINK } = native.constants;

/** How the main thread hears of its worker. */
export interface WorkerListener {
  /** There may be something new in the punt ring, in the link table or in the mailbox's fences. */
  told(): void;
  /** The worker is gone: nothing is forwarded any more. */
  failed(error: Error): void;
  /** The worker's deputy is not what it should be: BFD may be lost under load. */
  deputyImpaired(reason: string): void;
}

/**
 * A worker thread as the main thread sees it. The two wake each other by event descriptors, since a worker never returns
 * to its event loop.
 */
export class ForwardingWorker {
  readonly mailbox: Mailbox;
  readonly status: WorkerStatus;
  /** The memory of the worker's packets. Memory that is never used is only addresses. */
  readonly arena = new SharedArrayBuffer(ENGINE_ARENA_SLOTS * SLOT_BYTES + xdpBytes());
  private readonly worker: Worker;
  readonly wakeFd = native.createEvent();
  private readonly tellFd = native.createEvent();
  private readonly deputyFd = native.createEvent();
  private readonly watcher: Watcher;
  private readonly ended: Promise<void>;
  private readonly listener: WorkerListener;
  private readonly deputyInput: DeputyInput;
  private deputyEnded: Promise<void> | undefined;
  private breathsSeen = -1;

  /** @param first the first worker, if it is another one */
  constructor(plane: PlaneMemory, listener: WorkerListener, worker: number, first: ForwardingWorker | undefined) {
    const input: WorkerInput = {
      plane,
      worker,
      firstWakeFd: first?.wakeFd ?? this.wakeFd,
      arena: this.arena,
      mailbox: new SharedArrayBuffer(SharedRing.bytesFor(MAILBOX_BYTES)),
      status: WorkerStatus.allocate(),
      wakeFd: this.wakeFd,
      tellFd: this.tellFd,
      netlinkFd: native.openNetlink(NETLINK_ROUTE, RTMGRP_LINK),
      deputyFd: this.deputyFd,
    };
    this.deputyInput = { table: plane.bfdDeputy, status: input.status, wakeFd: this.deputyFd };
    this.listener = listener;
    this.status = new WorkerStatus(input.status);
    this.mailbox = new Mailbox(new SharedRing(input.mailbox), this.status, () => native.signalEvent(this.wakeFd));
    this.watcher = native.watch(this.tellFd, () => {
      native.clearEvent(this.tellFd);
      this.mailbox.settle();
      listener.told();
    });
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: input, execArgv: [] });
    this.worker.on('error', (cause) => {
      const message = `the forwarding worker has failed: ${cause.message}`;
      listener.failed(new LasthopError('FORWARDER_FAILED', message, undefined, { cause }));
    });
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    process.once('exit', this.order);
  }

  /** Starts the deputy of the worker's BFD sessions (`bfd-deputy.ts`) if there is none yet. */
  startDeputy(): void {
    if (this.deputyEnded !== undefined) return;
    const deputy = new Worker(new URL('./bfd-deputy.js', import.meta.url), {
      workerData: this.deputyInput,
      execArgv: [],
    });
    deputy.on('message', (reason: string) => this.listener.deputyImpaired(reason));
    deputy.on('error', (cause) => this.listener.deputyImpaired(cause.message));
    this.deputyEnded = new Promise((resolve) => deputy.once('exit', () => resolve()));
  }

  /** True if the worker has moved since the last call, or waits for something to happen. */
  isAlive(): boolean {
    const { breaths, resting } = this.status;
    const moved = breaths !== this.breathsSeen;
    this.breathsSeen = breaths;
    return moved || resting;
  }

  /** Ends the worker, which closes its links, and frees what belongs to it. */
  async stop(): Promise<void> {
    this.order();
    await Promise.all([this.ended, this.deputyEnded]);
    process.off('exit', this.order);
    this.watcher.close();
    native.close(this.wakeFd);
    native.close(this.tellFd);
    native.close(this.deputyFd);
  }

  /** Also the last thing when this process ends by an error: Node waits for its threads, and this one sleeps in poll. */
  private readonly order = (): void => {
    this.status.stop();
    native.signalEvent(this.wakeFd);
    native.signalEvent(this.deputyFd);
  };
}
