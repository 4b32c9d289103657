import { parentPort, workerData } from 'node:worker_threads';
import { native } from '../kernel/binding.js';
import { FrameArena, SLOT_BYTES } from '../link/frame.js';
import { BFD_PACKET_BYTES } from './bfd-datagram.js';
import { BfdDeputyTable, DEPUTY_FRAME_BYTES } from './bfd-deputy-table.js';
import { MAX_BFD_SESSIONS } from './bfd-table.js';
import { PollSet } from './poll-set.js';
import { takeDeadlinePrecedence } from './precedence.js';
import { WorkerStatus } from './worker-status.js';

/** What the deputy is given. */
export interface DeputyInput {
  readonly table: SharedArrayBuffer;
  /** The worker's status, which says when it is over. */
  readonly status: SharedArrayBuffer;
  /** Event: there is a session that may be due earlier than any before. */
  readonly wakeFd: number;
}

/**
 * How long the deputy speaks for a worker that does not: longer than a busy scheduler lets a thread wait (0.2 s was seen),
 * and short enough that the neighbors turn away from a forwarder that hangs before OSPF would notice.
 */
const PATIENCE_US = 1_000_000;
/** After that, how often it looks whether the worker is back. */
const RECHECK_US = 50_000;
/** Between two looks at least, however many sessions there are. */
const LEAST_SLEEP_US = 1_000;
/** In the middle of the jitter that RFC 5880 section 6.8.7 asks for. */
const PACE = 0.875;

/**
 * Keeps the sessions of a worker alive while the worker waits for a processor. A forwarding thread that uses all it gets
 * has to share, and a scheduler that is fair may leave it for longer than a detection time, although nothing has failed:
 * packets wait in their sockets meanwhile. This thread sleeps almost always, so that it can have real-time precedence
 * without taking anything from anybody. It knows nothing of BFD: it repeats what the worker has sent last.
 */
class BfdDeputy {
  private readonly table: BfdDeputyTable;
  private readonly status: WorkerStatus;
  private readonly wakeFd: number;
  private readonly arena = new FrameArena(1);
  private readonly offset = this.arena.packetOffset(0);
  private readonly io = new native.PacketIo(this.arena.bytes, SLOT_BYTES, 1);
  private readonly offsets = Int32Array.of(this.offset);
  private readonly lengths = Int32Array.of(BFD_PACKET_BYTES);
  private readonly poll = new PollSet(1);
  private readonly clock = new Float64Array(1);
  /** Per session: the worker's word when it was last looked at, and when to send next. */
  private readonly seenUs = new Float64Array(MAX_BFD_SESSIONS);
  private readonly nextUs = new Float64Array(MAX_BFD_SESSIONS);

  constructor(input: DeputyInput) {
    this.table = new BfdDeputyTable(input.table);
    this.status = new WorkerStatus(input.status);
    this.wakeFd = input.wakeFd;
    this.poll.set(0, input.wakeFd);
  }

  /** Returns when the worker is told to end. */
  run(): void {
    while (!this.status.stopping) {
      native.readClock(this.clock);
      const nowUs = this.clock[0];
      const nextUs = this.look(nowUs);
      const sleepUs = nextUs === Infinity ? -1 : Math.ceil(Math.max(nextUs - nowUs, LEAST_SLEEP_US));
      // What the worker writes it signals afterwards: a signal from before the wait ends it at once.
      if (this.poll.wait(sleepUs) > 0) native.clearEvent(this.wakeFd);
    }
    this.io.release();
  }

  /** Sends what is late; returns when to look again. */
  private look(nowUs: number): number {
    const { table, seenUs, nextUs } = this;
    let soonest = Infinity;
    for (let slot = 0; slot < MAX_BFD_SESSIONS; slot++) {
      const dueUs = table.dueUs[slot];
      if (dueUs === 0) continue;
      if (dueUs !== seenUs[slot]) {
        seenUs[slot] = dueUs;
        nextUs[slot] = dueUs;
      }
      if (nextUs[slot] <= nowUs) {
        table.latestUs[slot] = Math.max(table.latestUs[slot], nowUs - nextUs[slot]);
        nextUs[slot] = nowUs + this.standIn(slot, nowUs - dueUs);
      }
      soonest = Math.min(soonest, nextUs[slot]);
    }
    return soonest;
  }

  /** The worker is late by `lateUs`. Returns how long to wait for it now. */
  private standIn(slot: number, lateUs: number): number {
    const { table, arena, offset } = this;
    if (lateUs > PATIENCE_US) return RECHECK_US;
    const link = table.copyFrame(slot, arena.bytes, offset + BFD_PACKET_BYTES - DEPUTY_FRAME_BYTES);
    if (link < 0) return LEAST_SLEEP_US;
    const fd = table.hold(link);
    const taken = fd < 0 ? 0 : this.io.transmitPacket(fd, true, this.offsets, this.lengths, 1);
    table.release(link);
    if (taken <= 0) return LEAST_SLEEP_US;
    table.sent[slot] += 1;
    return table.intervalUs[slot] * PACE;
  }
}

const input = workerData as DeputyInput;
const refusal = takeDeadlinePrecedence();
if (refusal !== undefined) parentPort?.postMessage(refusal);
new BfdDeputy(input).run();
