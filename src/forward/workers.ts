import { Commands } from './commands.js';
import { ForwardingWorker, type WorkerListener } from './forwarding-worker.js';
import type { PlaneMemory } from './plane.js';
import type { WorkerStatus } from './worker-status.js';

/** All workers as the main thread sees them. */
export class Workers {
  readonly commands: Commands;
  private readonly all: readonly ForwardingWorker[];

  /** @param count what the plane was made for, 1 or more */
  constructor(plane: PlaneMemory, count: number, listener: WorkerListener) {
    const first = new ForwardingWorker(plane, listener, 0, undefined);
    const further = Array.from({ length: count - 1 }, (_, i) => new ForwardingWorker(plane, listener, i + 1, first));
    this.all = [first, ...further];
    this.commands = new Commands(this.all.map(({ mailbox }) => mailbox));
  }

  /** The memory of the packets of each, in order of their numbers. */
  get arenas(): SharedArrayBuffer[] {
    return this.all.map(({ arena }) => arena);
  }

  /** In order of their numbers. */
  statuses(): WorkerStatus[] {
    return this.all.map(({ status }) => status);
  }

  /** True if each worker has moved since the last call, or waits for something to happen. */
  isAlive(): boolean {
    // Each of them is to be asked.
    return this.all.map((worker) => worker.isAlive()).every((alive) => alive);
  }

  startDeputy(): void {
    this.all[0].startDeputy();
  }

  /** Ends the workers, which close their links, and frees what belongs to them. */
  async stop(): Promise<void> {
    // The first one last: the others have its event.
    await Promise.all(this.all.slice(1).map((worker) => worker.stop()));
    await this.all[0].stop();
  }
}
