import { native } from './binding.js';
import { type NetlinkMessage, type NetlinkRequest, readAnswer, splitMessages } from './netlink-message.js';
import { hasCode, systemError } from './system-error.js';

const { NETLINK_ROUTE, NLMSG_DONE, NLMSG_ERROR, NLM_F_DUMP_INTR, POLLIN } = native.constants;

/** No datagram of a dump is longer: the kernel fills 32 KiB at most. */
const DATAGRAM_BYTES = 65_536;
/** The kernel answers within the call that asks; this only bounds what a broken kernel could do to us. */
const ANSWER_WAIT_US = 1_000_000;
/** A signal, too, ends a wait. */
const ANSWER_WAITS = 5;
/** A dump during which a table changed is asked for again; a table that never rests is an error. */
const DUMP_TRIES = 8;

/**
 * A netlink socket for requests, synchronous: the kernel answers at once. It belongs to the network namespace in which it
 * was opened, wherever its thread is later.
 */
export class NetlinkSocket {
  private readonly fd: number;
  private readonly datagram = new Uint8Array(DATAGRAM_BYTES);
  private readonly pollEntry: Int32Array;
  private sequence = 0;

  constructor(protocol: number = NETLINK_ROUTE) {
    this.fd = native.openNetlink(protocol, 0);
    this.pollEntry = Int32Array.of(this.fd, POLLIN);
  }

  /** Sends a request and waits for its acknowledgement. Throws a system error with `what` and the kernel's own words. */
  request(request: NetlinkRequest, what: string): void {
    const sequence = ++this.sequence;
    native.sendNetlink(this.fd, request.finish(sequence, true));
    this.awaitAnswer(sequence, what);
  }

  /** Sends a request for one thing and returns the answer; throws as `request` does. */
  ask(request: NetlinkRequest, what: string): NetlinkMessage {
    const sequence = ++this.sequence;
    native.sendNetlink(this.fd, request.finish(sequence, false));
    for (;;) {
      for (const message of this.receive(what)) {
        if (message.sequence !== sequence) continue;
        if (message.type !== NLMSG_ERROR) return message;
        throwAnswer(message, what);
      }
    }
  }

  /** Sends several requests in one datagram (an nftables batch); the last one's acknowledgement ends it. */
  batch(requests: readonly NetlinkRequest[], acknowledged: NetlinkRequest, what: string): void {
    const first = this.sequence + 1;
    const parts = requests.map((request) => request.finish(++this.sequence, request === acknowledged));
    native.sendNetlink(this.fd, Buffer.concat(parts));
    this.awaitAnswer(first + requests.indexOf(acknowledged), what);
  }

  /** Sends a request for a table and returns its rows. */
  dump(makeRequest: () => NetlinkRequest, what: string): NetlinkMessage[] {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const messages = this.dumpOnce(makeRequest(), what);
      if (messages !== undefined) return messages;
    }
    throw systemError(native.constants.EBUSY, what, '(the table changes all the time)');
  }

  close(): void {
    native.close(this.fd);
  }

  /** Undefined if the rows are not one consistent state of the table. */
  private dumpOnce(request: NetlinkRequest, what: string): NetlinkMessage[] | undefined {
    const sequence = ++this.sequence;
    native.sendNetlink(this.fd, request.finish(sequence, false));
    const rows: NetlinkMessage[] = [];
    let consistent = true;
    for (;;) {
      for (const message of this.receive(what)) {
        if (message.sequence !== sequence) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) consistent = false;
        if (message.type === NLMSG_ERROR) throwAnswer(message, what);
        if (message.type === NLMSG_DONE) {
          throwAnswer(message, what);
          return consistent ? rows : undefined;
        }
        rows.push(message);
      }
    }
  }

  private awaitAnswer(sequence: number, what: string): void {
    for (;;) {
      for (const message of this.receive(what)) {
        if (message.type !== NLMSG_ERROR) continue;
        // A refused part of a batch has its own number; nothing else is under way on this socket.
        throwAnswer(message, what);
        if (message.sequence === sequence) return;
      }
    }
  }

  /** The messages of the next datagram; they stay valid. */
  private receive(what: string): NetlinkMessage[] {
    for (let waits = 0; waits < ANSWER_WAITS; waits++) {
      const length = native.receiveNetlink(this.fd, this.datagram);
      if (length > 0) return splitMessages(this.datagram.slice(0, length));
      native.poll(this.pollEntry, 1, ANSWER_WAIT_US);
    }
    throw systemError(native.constants.ETIMEDOUT, what, '(the kernel did not answer)');
  }
}

function throwAnswer(message: NetlinkMessage, what: string): void {
  const { errno, text } = readAnswer(message);
  if (errno !== 0) throw systemError(errno, what, text === '' ? '' : `(${text})`);
}

/** Runs `action` with a socket of its own for the thread's network namespace. */
export function withNetlink<T>(action: (socket: NetlinkSocket) => T): T {
  const socket = new NetlinkSocket();
  try {
    return action(socket);
  } finally {
    socket.close();
  }
}

/** Runs `action`; a refusal with one of `codes` is as good as done. */
export function tolerate(codes: readonly string[], action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!hasCode(error, ...codes)) throw error;
  }
}
