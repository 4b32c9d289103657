import { readU32, writeU32 } from '../base/bytes.js';
import type { Random } from '../base/random.js';
import {
  BFD_ADMIN_DOWN,
  BFD_AUTHENTICATED,
  BFD_CONTROL_PLANE_INDEPENDENT,
  BFD_DEMAND,
  BFD_DESIRED_MIN_TX,
  BFD_DIAGNOSTIC_ADMIN_DOWN,
  BFD_DIAGNOSTIC_NEIGHBOR_DOWN,
  BFD_DIAGNOSTIC_NONE,
  BFD_DIAGNOSTIC_TIME_EXPIRED,
  BFD_DOWN,
  BFD_FINAL,
  BFD_MULTIPLIER,
  BFD_MY_DISCRIMINATOR,
  BFD_POLL,
  BFD_REQUIRED_MIN_ECHO_RX,
  BFD_REQUIRED_MIN_RX,
  BFD_UP,
  BFD_YOUR_DISCRIMINATOR,
  bfdDiagnostic,
  bfdFlags,
  bfdState,
  writeBfdHead,
} from '../wire/bfd.js';
import { nextState } from './session-fsm.js';
import {
  type BfdTimers,
  detectionTime,
  FINAL_INTERVAL_US,
  GOODBYE_INTERVAL_US,
  GOODBYES,
  jittered,
  SLOW_TX_US,
} from './timing.js';

/** Places in `BfdSession.times`; all in microseconds. Three deadlines, the last sendings, and intervals. */
const TRANSMIT_AT = 0;
const DETECT_AT = 1;
/** However often there are excuses, silence until then is the peer's. */
const EXCUSED_UNTIL = 2;
const SENT_AT = 3;
const ANSWERED_AT = 4;
/** The intervals that hold until the peer has confirmed those of `timers` (RFC 5880 section 6.8.3). */
const MIN_TX = 5;
const MIN_RX = 6;
const REMOTE_MIN_TX = 7;
const REMOTE_MIN_RX = 8;
const TIMES = 9;

/** Of a peer that has not said anything (RFC 5880 section 6.8.1). */
const UNKNOWN_MIN_RX_US = 1;

/**
 * One session in asynchronous mode (RFC 5880 section 6.8), without a clock: the caller gives it packets, calls `expire`
 * and `write` when `nextUs` has come, and looks at the state afterwards. Each call leads through one change of state at
 * most. Nothing here allocates.
 */
export class BfdSession {
  /** Ours, never 0. */
  readonly discriminator: number;
  state = BFD_DOWN;
  /** Why the state was left last, 0 to 31. */
  diagnostic = BFD_DIAGNOSTIC_NONE;
  remoteState = BFD_DOWN;
  remoteDiagnostic = BFD_DIAGNOSTIC_NONE;
  remoteDiscriminator = 0;
  /** 0 until the peer was heard. */
  remoteMultiplier = 0;
  /**
   * The session was Up and has lost its peer: nothing may be sent by way of it. One that was never Up has lost nothing,
   * and neither has one whose peer was switched off by its operator (RFC 5882 section 3.2).
   */
  isLost = false;
  private timers: BfdTimers;
  private readonly random: Random;
  private readonly times = new Float64Array(TIMES);
  private remoteDemand = false;
  /** Poll Sequences that are to be confirmed: the present one, and one more if something changed meanwhile. */
  private polls = 0;
  private owesFinal = false;
  /** The last packet was the answer to a Poll. */
  private wroteFinal = false;
  private goodbyes = 0;

  constructor(discriminator: number, timers: BfdTimers, random: Random, nowUs: number) {
    this.discriminator = discriminator;
    this.timers = timers;
    this.random = random;
    const { times } = this;
    times[TRANSMIT_AT] = nowUs;
    times[DETECT_AT] = Infinity;
    times[ANSWERED_AT] = -Infinity;
    times[REMOTE_MIN_RX] = UNKNOWN_MIN_RX_US;
    this.takeIntervals();
  }

  /** When `expire` or `write` is to be called next; Infinity: not before another packet. */
  get nextUs(): number {
    return Math.min(this.times[TRANSMIT_AT], this.times[DETECT_AT]);
  }

  /** When the next packet is to be sent; Infinity: not before another one has come. */
  get transmitAtUs(): number {
    return this.times[TRANSMIT_AT];
  }

  /** Silence until then means that the peer is lost; Infinity if it is not expected to speak. */
  get detectionAtUs(): number {
    return this.times[DETECT_AT];
  }

  get detectionTimeUs(): number {
    return detectionTime(this.remoteMultiplier, this.times[MIN_RX], this.times[REMOTE_MIN_TX]);
  }

  /** Between two periodic packets, without jitter. */
  get transmitIntervalUs(): number {
    return Math.max(this.times[MIN_TX], this.times[REMOTE_MIN_RX]);
  }

  get remoteMinTxUs(): number {
    return this.times[REMOTE_MIN_TX];
  }

  get remoteMinRxUs(): number {
    return this.times[REMOTE_MIN_RX];
  }

  /** The end of the session has been told often enough. */
  get isOver(): boolean {
    return this.state === BFD_ADMIN_DOWN && this.goodbyes === 0;
  }

  /** Other timers from now on; those that the peer must know of first are used when it has confirmed them. */
  configure(timers: BfdTimers, nowUs: number): void {
    const { minTxUs, minRxUs, multiplier } = this.timers;
    const isSame = timers.minTxUs === minTxUs && timers.minRxUs === minRxUs && timers.multiplier === multiplier;
    if (isSame || this.state === BFD_ADMIN_DOWN) return;
    this.timers = timers;
    this.changeIntervals();
    this.hasten(nowUs);
  }

  /** Ends the session: the peer is told, and `isOver` becomes true. */
  disable(nowUs: number): void {
    if (this.state === BFD_ADMIN_DOWN) return;
    this.enter(BFD_ADMIN_DOWN, BFD_DIAGNOSTIC_ADMIN_DOWN, nowUs);
    // A peer that was never heard has no session that could end.
    this.goodbyes = this.remoteDiscriminator === 0 ? 0 : GOODBYES;
    this.times[TRANSMIT_AT] = this.goodbyes === 0 ? Infinity : nowUs;
    this.times[DETECT_AT] = Infinity;
    this.polls = 0;
    this.owesFinal = false;
  }

  /**
   * Takes a packet at `offset` that `checkBfd` has found valid and that is for this session. Returns false if it has an
   * authentication section, and so is not taken: none is configured (RFC 5880 section 6.8.6).
   */
  receive(bytes: Uint8Array, offset: number, nowUs: number): boolean {
    const flags = bfdFlags(bytes, offset);
    if ((flags & BFD_AUTHENTICATED) !== 0) return false;
    if (this.state === BFD_ADMIN_DOWN) return true;
    const { times } = this;
    this.remoteDiscriminator = readU32(bytes, offset + BFD_MY_DISCRIMINATOR);
    this.remoteState = bfdState(bytes, offset);
    this.remoteDiagnostic = bfdDiagnostic(bytes, offset);
    this.remoteMultiplier = bytes[offset + BFD_MULTIPLIER];
    this.remoteDemand = (flags & BFD_DEMAND) !== 0;
    times[REMOTE_MIN_TX] = readU32(bytes, offset + BFD_DESIRED_MIN_TX);
    times[REMOTE_MIN_RX] = readU32(bytes, offset + BFD_REQUIRED_MIN_RX);
    if ((flags & BFD_FINAL) !== 0) this.endPoll();
    this.hear(nowUs);
    if ((flags & BFD_POLL) !== 0) this.answerPoll(nowUs);
    times[DETECT_AT] = nowUs + this.detectionTimeUs;
    times[EXCUSED_UNTIL] = times[DETECT_AT] + this.detectionTimeUs;
    this.hasten(nowUs);
    return true;
  }

  /**
   * Nobody listened here for `awayUs` until now: so much silence is no sign of the peer, which may have stood still as
   * well if one machine carries both. Makes the detection time twice as long at most.
   */
  excuse(awayUs: number): void {
    const { times } = this;
    if (times[DETECT_AT] === Infinity) return;
    times[DETECT_AT] = Math.min(times[DETECT_AT] + awayUs, times[EXCUSED_UNTIL]);
  }

  /** A silent peer is lost; one that ended the session is silent by right. Call it after taking what came by `nowUs`. */
  expire(nowUs: number): void {
    const { times } = this;
    if (times[DETECT_AT] > nowUs) return;
    times[DETECT_AT] = Infinity;
    times[REMOTE_MIN_RX] = UNKNOWN_MIN_RX_US;
    this.remoteDiscriminator = 0;
    this.remoteDemand = false;
    if (this.remoteState !== BFD_ADMIN_DOWN) this.remoteState = BFD_DOWN;
    if (this.state !== BFD_DOWN) this.enter(BFD_DOWN, BFD_DIAGNOSTIC_TIME_EXPIRED, nowUs);
    this.hasten(nowUs);
  }

  /** True if the next packet will be the same as the last one, unless something happens. */
  get isSteady(): boolean {
    return this.state === BFD_UP && this.polls === 0 && !this.wroteFinal;
  }

  /** True if a packet is to be sent now, by `write`. */
  isDue(nowUs: number): boolean {
    return this.times[TRANSMIT_AT] <= nowUs;
  }

  /** Writes the packet that is to be sent now, `BFD_BYTES` at `offset`, and decides when the next one is due. */
  write(bytes: Uint8Array, offset: number, nowUs: number): void {
    const { times, timers } = this;
    const sequence = this.owesFinal ? BFD_FINAL : this.polls > 0 ? BFD_POLL : 0;
    writeBfdHead(bytes, offset, this.diagnostic, this.state, BFD_CONTROL_PLANE_INDEPENDENT | sequence);
    bytes[offset + BFD_MULTIPLIER] = timers.multiplier;
    writeU32(bytes, offset + BFD_MY_DISCRIMINATOR, this.discriminator);
    writeU32(bytes, offset + BFD_YOUR_DISCRIMINATOR, this.remoteDiscriminator);
    writeU32(bytes, offset + BFD_DESIRED_MIN_TX, this.desiredMinTxUs());
    writeU32(bytes, offset + BFD_REQUIRED_MIN_RX, timers.minRxUs);
    writeU32(bytes, offset + BFD_REQUIRED_MIN_ECHO_RX, 0);
    this.wroteFinal = this.owesFinal;
    this.owesFinal = false;
    times[SENT_AT] = nowUs;
    if (this.state === BFD_ADMIN_DOWN) {
      this.goodbyes--;
      times[TRANSMIT_AT] = this.goodbyes > 0 ? nowUs + GOODBYE_INTERVAL_US : Infinity;
    } else {
      times[TRANSMIT_AT] = Infinity;
      this.hasten(nowUs);
    }
  }

  private hear(nowUs: number): void {
    const next = nextState(this.state, this.remoteState);
    if (this.remoteState === BFD_ADMIN_DOWN) this.isLost = false;
    if (next === this.state) return;
    const diagnostic = next === BFD_DOWN ? BFD_DIAGNOSTIC_NEIGHBOR_DOWN : BFD_DIAGNOSTIC_NONE;
    this.enter(next, diagnostic, nowUs);
  }

  /** Every change of state is told to the peer at once. */
  private enter(state: number, diagnostic: number, nowUs: number): void {
    const wasUp = this.state === BFD_UP;
    this.state = state;
    this.diagnostic = diagnostic;
    if (state === BFD_UP) this.isLost = false;
    else if (wasUp && state === BFD_DOWN) this.isLost = this.remoteState !== BFD_ADMIN_DOWN;
    if (state === BFD_UP || wasUp) this.changeIntervals();
    this.times[TRANSMIT_AT] = nowUs;
  }

  private desiredMinTxUs(): number {
    return this.state === BFD_UP ? this.timers.minTxUs : Math.max(this.timers.minTxUs, SLOW_TX_US);
  }

  /**
   * The peer must know before it may be sent to less often, and before it is expected to send more often. While a session
   * is not Up it has no rate that could be missed.
   */
  private changeIntervals(): void {
    const { times } = this;
    if (this.state !== BFD_UP) {
      this.polls = 0;
      this.takeIntervals();
      return;
    }
    times[MIN_TX] = Math.min(times[MIN_TX], this.desiredMinTxUs());
    times[MIN_RX] = Math.max(times[MIN_RX], this.timers.minRxUs);
    this.polls = Math.min(this.polls + 1, 2);
  }

  private takeIntervals(): void {
    this.times[MIN_TX] = this.desiredMinTxUs();
    this.times[MIN_RX] = this.timers.minRxUs;
  }

  /** An answer may be to a Poll from before the last change: then the sequence that follows confirms it. */
  private endPoll(): void {
    if (this.polls === 0) return;
    this.polls--;
    if (this.polls === 0) this.takeIntervals();
  }

  private answerPoll(nowUs: number): void {
    if (nowUs - this.times[ANSWERED_AT] < FINAL_INTERVAL_US) return;
    this.times[ANSWERED_AT] = nowUs;
    this.owesFinal = true;
    this.times[TRANSMIT_AT] = nowUs;
  }

  /** Brings the next periodic packet forward if the interval has become shorter; a peer that wants none gets none. */
  private hasten(nowUs: number): void {
    const { times } = this;
    const isUrgent = times[TRANSMIT_AT] <= nowUs;
    if (isUrgent || this.state === BFD_ADMIN_DOWN) return;
    if (!this.mayTransmit()) {
      times[TRANSMIT_AT] = Infinity;
      return;
    }
    const { multiplier } = this.timers;
    // What was scheduled by a longer interval is out of date; by the same one it stays, or jitter would be drawn twice.
    const latest = times[SENT_AT] + this.transmitIntervalUs;
    if (times[TRANSMIT_AT] <= latest) return;
    times[TRANSMIT_AT] = times[SENT_AT] + jittered(this.transmitIntervalUs, multiplier, this.random);
  }

  /** RFC 5880 section 6.8.7: a peer that receives nothing, or that is in demand mode and sees an Up session, is left alone. */
  private mayTransmit(): boolean {
    if (this.times[REMOTE_MIN_RX] === 0) return false;
    return !(this.remoteDemand && this.state === BFD_UP && this.remoteState === BFD_UP && this.polls === 0);
  }
}
