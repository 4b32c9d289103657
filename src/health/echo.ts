import { randomInt } from 'node:crypto';
import rawSocket from 'raw-socket';
import { reasonOf } from './reason.js';

const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const REQUEST_BYTES = 56;

/** Level and name of the socket option that keeps messages of the types in its mask away (linux/icmp.h). */
const SOL_RAW = 255;
const ICMP_FILTER = 1;

/**
 * ICMP echo (RFC 792) on one raw socket, for any number of addresses at once. It is to be made while the process may
 * still open raw sockets; a process that may not gets the reason as the answer to everything that it asks.
 */
export class Echo {
  private readonly identifier = randomInt(0x10000);
  private readonly waiting = new Map<number, { readonly address: string; readonly answered: () => void }>();
  private readonly socket: ReturnType<typeof rawSocket.createSocket> | undefined;
  private failure = '';
  private sequence = 0;

  constructor() {
    try {
      this.socket = rawSocket.createSocket({ protocol: rawSocket.Protocol.ICMP });
      this.socket.setOption(SOL_RAW, ICMP_FILTER, onlyReplies(), 4);
      this.socket.on('message', (packet, source) => this.take(packet, source));
      this.socket.on('error', () => {});
    } catch (error) {
      this.failure = `no raw socket: ${reasonOf(error)}`;
    }
  }

  /** Resolves to undefined when `address` has answered one request, else, or when `signal` is aborted, to the reason. */
  ask(address: string, signal: AbortSignal): Promise<string | undefined> {
    const { socket, waiting } = this;
    if (socket === undefined) return Promise.resolve(this.failure);
    return new Promise((resolve) => {
      const sequence = this.sequence++ & 0xffff;
      const end = (reason: string | undefined) => {
        waiting.delete(sequence);
        resolve(reason);
      };
      if (signal.aborted) return end(reasonOf(signal.reason));
      signal.addEventListener('abort', () => end(reasonOf(signal.reason)), { once: true });
      waiting.set(sequence, { address, answered: () => end(undefined) });
      const request = echoRequest(this.identifier, sequence);
      socket.send(request, 0, request.length, address, (error) => {
        if (error !== null) end(reasonOf(error));
      });
    });
  }

  close(): void {
    this.socket?.close();
  }

  /** @param packet starts with its IPv4 header */
  private take(packet: Buffer, source: string): void {
    const start = ((packet[0] ?? 0) & 0x0f) * 4;
    if (packet.length < start + 8 || packet[start] !== ECHO_REPLY) return;
    if (packet.readUInt16BE(start + 4) !== this.identifier) return;
    const asked = this.waiting.get(packet.readUInt16BE(start + 6));
    if (asked?.address === source) asked.answered();
  }
}

function onlyReplies(): Buffer {
  const mask = Buffer.alloc(4);
  // In the byte order of the machine: Linux on x86-64 and arm64 is little-endian.
  mask.writeUInt32LE(~(1 << ECHO_REPLY) >>> 0);
  return mask;
}

function echoRequest(identifier: number, sequence: number): Buffer {
  const request = Buffer.alloc(REQUEST_BYTES);
  request.writeUInt8(ECHO_REQUEST, 0);
  request.writeUInt16BE(identifier, 4);
  request.writeUInt16BE(sequence, 6);
  return rawSocket.writeChecksum(request, 2, rawSocket.createChecksum(request));
}
