/** Int32 fields of the memory that a worker and the main thread share besides the tables; each has one writer. */
const BREATHS = 0;
const RESTING = 1;
const HANDLED = 2;
const STOPPING = 3;
const FIELDS = 4;

/** What the main thread must know of a worker's life, and the order to end it. */
export class WorkerStatus {
  private readonly fields: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.fields = new Int32Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(FIELDS * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Turns of the forwarding loop so far, modulo 2^32. It stands still while nothing happens. */
  get breaths(): number {
    return Atomics.load(this.fields, BREATHS) >>> 0;
  }

  /** Worker: one more turn. */
  breathe(): void {
    Atomics.add(this.fields, BREATHS, 1);
  }

  /** True while the worker waits in the kernel for something to happen. */
  get resting(): boolean {
    return Atomics.load(this.fields, RESTING) === 1;
  }

  set resting(resting: boolean) {
    Atomics.store(this.fields, RESTING, resting ? 1 : 0);
  }

  /** Commands of the mailbox that the worker has carried out, modulo 2^32. */
  get handled(): number {
    return Atomics.load(this.fields, HANDLED) >>> 0;
  }

  set handled(count: number) {
    Atomics.store(this.fields, HANDLED, count);
  }

  /** Main thread: the worker is to close its links and end. */
  get stopping(): boolean {
    return Atomics.load(this.fields, STOPPING) === 1;
  }

  stop(): void {
    Atomics.store(this.fields, STOPPING, 1);
  }
}
