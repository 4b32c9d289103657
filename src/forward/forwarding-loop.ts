import { readU32 } from '../base/bytes.js';
import { SharedRing } from '../base/ring.js';
import { native } from '../kernel/binding.js';
import { preferHugePages } from '../kernel/huge-pages.js';
import { BATCH_SIZE, FrameArena, SLOT_BYTES } from '../link/frame.js';
import { BfdDeputyTable } from './bfd-deputy-table.js';
import { CarrierWatch } from './carrier-watch.js';
import { Engine } from './engine.js';
import { Linger } from './linger.js';
import { MAX_LINKS } from './link-table.js';
import {
  COMMAND_ADJACENCY_DEFINED,
  COMMAND_ADJACENCY_REMOVED,
  COMMAND_BFD_DEFINED,
  COMMAND_BFD_REMOVED,
  COMMAND_CLOSE_LINK,
  COMMAND_INJECT,
  COMMAND_LINK_CHANGED,
  COMMAND_OPEN_LINK,
  decodeBfdDescriptor,
  decodeLinkDescriptor,
  INJECT_PACKET,
  MAILBOX_BYTES,
  NO_FD,
} from './mailbox.js';
import type { PlaneMemory } from './plane.js';
import { PollSet } from './poll-set.js';
import { RunDelay } from './run-delay.js';
import { WorkerLinks } from './worker-links.js';
import { WorkerStatus } from './worker-status.js';

/** What a worker is given: memory that it shares with the main thread, and descriptors that are its own from then on. */
export interface WorkerInput {
  readonly plane: PlaneMemory;
  /** The slots of the engine, and behind them what XDP links use (`xdp-layout.ts`). */
  readonly arena: SharedArrayBuffer;
  readonly mailbox: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
  /** Event for one who has posted a command, or left a packet to the first worker. */
  readonly wakeFd: number;
  /** Event that the worker signals when the main thread has something to look at. */
  readonly tellFd: number;
  /** rtnetlink socket subscribed to link changes. */
  readonly netlinkFd: number;
  /** Its number among those that share the plane. */
  readonly worker: number;
  /** The event of the first worker, its own if it is that one. */
  readonly firstWakeFd: number;
  /** Event that the worker signals when it has given something to its deputy. */
  readonly deputyFd: number;
}

/** A thread that is late by less has not been away: turns of the loop and wake-ups take that long. */
const LEAST_PAUSE_US = 5_000;
/** Commands carried out between two looks at the links, so that a burst of them holds up no packet for long. */
const COMMANDS_PER_TURN = 128;

/** How long a worker with too much to do leaves its processor to others, of each `TURN_US` (`linger.ts`). */
const REST_US = 50;

/** How long a worker waits for the first one at most, which may wait for a processor, and between two looks. */
const PATIENCE_US = 10_000;
const PAUSE_US = 20;

const { EAGAIN } = native.constants;

const WAKE_PLACE = 0;
const NETLINK_PLACE = 1;
const FIRST_CONTROL_PLACE = 2;
const FIRST_LINK_PLACE = FIRST_CONTROL_PLACE + MAX_LINKS;

/** Batches of control traffic taken from a link in one turn at most: a flood of it leaves room for the rest. */
const CONTROL_BATCHES = 4;
/** More than its socket holds: nobody is given up for a packet that waits behind a storm of others. */
const ALL_CONTROL_BATCHES = 64;

/**
 * One turn of the loop serves every ready link with one batch, so that no link starves another. Before that it takes the
 * control traffic of all links, which has sockets of its own: what tells that a neighbor is alive does not wait behind a
 * flood.
 */
export class ForwardingLoop {
  private readonly input: WorkerInput;
  private readonly status: WorkerStatus;
  private readonly mailbox: SharedRing;
  private readonly scratch = new Uint8Array(MAILBOX_BYTES);
  private readonly arena: FrameArena;
  private readonly links: WorkerLinks;
  private readonly engine: Engine;
  private readonly carrier: CarrierWatch;
  private readonly deputy: BfdDeputyTable;
  private readonly poll = new PollSet(FIRST_LINK_PLACE + MAX_LINKS);
  private readonly clock = new Float64Array(1);
  private readonly linger = new Linger();
  private readonly runDelay = new RunDelay();
  private tellMain = false;

  constructor(input: WorkerInput) {
    this.input = input;
    this.status = new WorkerStatus(input.status);
    this.mailbox = new SharedRing(input.mailbox);
    this.arena = new FrameArena(Engine.ARENA_SLOTS, new Uint8Array(input.arena));
    preferHugePages(this.arena.bytes.subarray(0, BATCH_SIZE * SLOT_BYTES));
    this.links = new WorkerLinks(this.arena);
    const { data, controls } = this.links;
    this.engine = new Engine(input.plane, this.arena, data, controls, input.worker);
    this.deputy = new BfdDeputyTable(input.plane.bfdDeputy);
    this.carrier = new CarrierWatch(input.netlinkFd, (link, up) => this.setLinkUp(link, up));
    this.poll.set(WAKE_PLACE, input.wakeFd);
    this.poll.set(NETLINK_PLACE, input.netlinkFd);
  }

  /** Forwards until the main thread says stop; then closes every link. Never returns to the event loop before. */
  run(): void {
    const { status } = this;
    let tickUs = -1;
    let dueUs = Infinity;
    while (!status.stopping) {
      const ready = this.wait(tickUs);
      status.breathe();
      let nowUs = this.awake(dueUs);
      const busy = ready > 0 && this.serve(nowUs);
      nowUs = this.awake(nowUs);
      if (this.engine.isBfdOverdue(nowUs)) {
        // A pause of ours must not look like one of the neighbor: its packets may have come meanwhile.
        // Nor one in here: what is judged is the time until which all was read.
        for (let link = 0; link < this.links.end; link++) this.receiveControl(link, nowUs, ALL_CONTROL_BATCHES);
      }
      if (busy) this.linger.busy(nowUs);
      tickUs = this.engine.tick(nowUs);
      dueUs = tickUs < 0 ? Infinity : nowUs + tickUs;
      this.engine.quiesce();
      if (this.engine.takeHandoverPending()) this.letFirstCatchUp();
      if (this.engine.takeDeputyPending()) native.signalEvent(this.input.deputyFd);
      const hasNews = this.engine.takeNewsPending();
      if (hasNews || this.tellMain) {
        this.tellMain = false;
        native.signalEvent(this.input.tellFd);
      }
    }
    this.close();
  }

  /** The time. BFD is told if this thread was to run by `dueUs` and did not. */
  private awake(dueUs: number): number {
    const nowUs = this.nowUs();
    if (nowUs - dueUs >= LEAST_PAUSE_US) this.engine.excuseBfd(nowUs - dueUs);
    return nowUs;
  }

  private nowUs(): number {
    native.readClock(this.clock);
    return this.clock[0];
  }

  /** Waits until something is ready or `tickUs` (-1: never) is over; only looks while packets keep coming. */
  private wait(tickUs: number): number {
    const nowUs = this.nowUs();
    if (this.linger.isLookDue(nowUs)) this.look(nowUs);
    if (tickUs === 0 || this.linger.isOn(nowUs)) return this.poll.wait(0);
    this.engine.offline();
    this.status.resting = true;
    // Whatever the main thread wants, it says first and signals after; a signal from before the wait ends it at once.
    const ready = this.poll.wait(tickUs);
    this.status.resting = false;
    this.engine.online();
    this.linger.slept(this.nowUs());
    return ready;
  }

  /** Lets others run if they wait for this processor: a rest ends at its time, while one who is given way may stay for long. */
  private look(nowUs: number): void {
    if (!this.linger.look(nowUs, this.runDelay.readUs())) return;
    this.engine.offline();
    this.poll.pause(REST_US);
    this.engine.online();
  }

  /** One batch for each ready link, then commands. Returns true if there were packets. */
  private serve(nowUs: number): boolean {
    // First of all, so that no packet of this turn takes a path that the kernel has said is lost.
    if (this.poll.isReady(NETLINK_PLACE)) this.carrier.read();
    let busy = false;
    for (let link = 0; link < this.links.end; link++) {
      if (this.poll.isReady(FIRST_CONTROL_PLACE + link)) this.receiveControl(link, nowUs, CONTROL_BATCHES);
    }
    for (let link = 0; link < this.links.end; link++) {
      if (!this.poll.isReady(FIRST_LINK_PLACE + link)) continue;
      const received = this.engine.receive(link, nowUs);
      if (received > 0) busy = true;
      else if (received < 0) this.linkRefused(FIRST_LINK_PLACE + link, link);
    }
    if (this.poll.isReady(WAKE_PLACE)) {
      native.clearEvent(this.input.wakeFd);
      const isAllTaken = this.engine.takeOver(nowUs);
      if (this.readMailbox() === COMMANDS_PER_TURN || !isAllTaken) native.signalEvent(this.input.wakeFd);
    }
    return busy;
  }

  /**
   * What the first worker was given is to leave before what follows it: packets of a flow keep their order. It is few that
   * is left to it, while neighbors are looked for.
   */
  private letFirstCatchUp(): void {
    native.signalEvent(this.input.firstWakeFd);
    for (let waitedUs = 0; waitedUs < PATIENCE_US && !this.engine.isHandoverDone; waitedUs += PAUSE_US) {
      this.poll.pause(PAUSE_US);
    }
  }

  private receiveControl(link: number, nowUs: number, batches: number): void {
    for (let batch = 0; batch < batches; batch++) {
      const received = this.engine.receiveControl(link, nowUs);
      if (received === BATCH_SIZE) continue;
      // Nothing at all is no refusal here: nobody may have asked whether there is something.
      if (received < 0 && received !== -EAGAIN) this.linkRefused(FIRST_CONTROL_PLACE + link, link);
      return;
    }
  }

  /** Carries out the next commands; returns how many. The main thread is told: it may wait for room, or at a fence. */
  private readMailbox(): number {
    const { mailbox } = this;
    let handled = 0;
    for (; handled < COMMANDS_PER_TURN && mailbox.peek(); handled++) {
      const { tag, aux, length } = mailbox;
      mailbox.copyTo(this.scratch, 0);
      mailbox.pop();
      this.carryOut(tag, aux, length);
    }
    this.status.handled += handled;
    if (handled > 0) this.tellMain = true;
    return handled;
  }

  private carryOut(tag: number, aux: number, length: number): void {
    switch (tag) {
      case COMMAND_INJECT:
        this.engine.inject(
          aux,
          readU32(this.scratch, 0),
          this.scratch,
          INJECT_PACKET,
          length - INJECT_PACKET,
          this.nowUs(),
        );
        break;
      case COMMAND_ADJACENCY_DEFINED:
        this.engine.adjacencyDefined(aux, this.nowUs());
        break;
      case COMMAND_ADJACENCY_REMOVED:
        this.engine.adjacencyRemoved(aux);
        break;
      case COMMAND_BFD_DEFINED:
        this.engine.bfdDefined(aux, decodeBfdDescriptor(this.scratch), this.nowUs());
        break;
      case COMMAND_BFD_REMOVED:
        this.engine.bfdRemoved(aux, this.nowUs());
        break;
      case COMMAND_OPEN_LINK:
        this.openLink(aux, length);
        break;
      case COMMAND_CLOSE_LINK:
        this.closeLink(aux);
        break;
      case COMMAND_LINK_CHANGED:
        this.engine.linkChanged(aux, this.nowUs());
        break;
    }
  }

  private openLink(index: number, length: number): void {
    this.closeLink(index);
    const descriptor = decodeLinkDescriptor(this.scratch.subarray(0, length));
    const { ifindex, controlFd } = descriptor;
    const link = this.links.open(index, descriptor);
    this.poll.set(FIRST_LINK_PLACE + index, link.pollFd);
    if (controlFd !== NO_FD) {
      this.poll.set(FIRST_CONTROL_PLACE + index, controlFd);
      this.deputy.openLink(index, controlFd);
    }
    this.engine.linkChanged(index, this.nowUs());
    // The kernel's answer decides, which comes as a change does.
    this.carrier.add(ifindex, index);
  }

  private closeLink(index: number): void {
    if (this.links.data[index] === undefined) return;
    this.setLinkUp(index, false);
    this.carrier.remove(index);
    this.poll.clear(FIRST_LINK_PLACE + index);
    this.poll.clear(FIRST_CONTROL_PLACE + index);
    // Before its descriptor is closed.
    if (this.links.controls[index] !== undefined) this.deputy.closeLink(index);
    this.links.close(index);
  }

  private setLinkUp(index: number, up: boolean): void {
    if (up) {
      this.poll.unmute(FIRST_LINK_PLACE + index);
      this.poll.unmute(FIRST_CONTROL_PLACE + index);
    }
    this.engine.setLinkUp(index, up, this.nowUs());
    this.tellMain = true;
  }

  /**
   * Receiving failed. A NIC that was set down says so once, a TUN device that is gone says so for ever; the kernel's
   * answer decides what the link is now. Neither is listened to before it is up again.
   */
  private linkRefused(place: number, index: number): void {
    this.poll.mute(place);
    this.carrier.ask(index);
  }

  /** Commands that are still in the mailbox may carry descriptors, which only we can close. */
  private close(): void {
    while (this.readMailbox() > 0);
    for (let index = 0; index < this.links.end; index++) this.closeLink(index);
    this.links.release();
    native.close(this.input.netlinkFd);
    this.runDelay.close();
  }
}
