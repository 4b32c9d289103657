import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readU16, writeU16 } from '../../src/base/bytes.js';
import { checksum } from '../../src/base/checksum.js';
import type { ScratchNamespace } from './scratch-namespace.js';

/*
 * An independent sender: ICMP echo requests by the raw-socket package, in a process of its own so that it can run in any
 * network namespace. As a program it takes a `ProbeRequest` as JSON and prints a `ProbeReply[]`.
 */

export interface ProbeRequest {
  readonly destination: string;
  readonly count?: number;
  readonly ttl?: number;
  /** Bytes of the IPv4 packet; it is sent with "don't fragment". */
  readonly packetBytes?: number;
}

/** An ICMP message that came back for one of the requests. */
export interface ProbeReply {
  readonly from: string;
  readonly type: number;
  readonly code: number;
  /** Of "fragmentation needed". */
  readonly nextMtu: number;
}

export const ECHO_REPLY = 0;
export const UNREACHABLE = 3;
export const TIME_EXCEEDED = 11;

/** Sends echo requests from a namespace; resolves with what came back within two seconds. */
export async function probe(from: ScratchNamespace, request: ProbeRequest): Promise<ProbeReply[]> {
  const program = fileURLToPath(import.meta.url);
  const words = ['netns', 'exec', from.name, process.execPath, program, JSON.stringify(request)];
  const { stdout } = await promisify(execFile)('ip', words);
  return JSON.parse(stdout);
}

interface RawSocket {
  setOption(level: number, option: number, value: number): void;
  send(packet: Buffer, at: number, length: number, to: string, sent: (error: Error | null) => void): void;
  on(event: 'message', received: (packet: Buffer, from: string) => void): void;
  close(): void;
}

const ICMP = 1;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;
/** Sets "don't fragment" and asks nobody before. */
const IP_PMTUDISC_PROBE = 3;
const IPV4_HEADER_BYTES = 20;
const ICMP_HEADER_BYTES = 8;
const INTERVAL_MS = 5;
const TIMEOUT_MS = 2000;

function main(request: ProbeRequest): void {
  const { count = 1, ttl = 64, packetBytes = 84, destination } = request;
  const raw = createRequire(import.meta.url)('raw-socket') as { createSocket(options: object): RawSocket };
  const socket = raw.createSocket({ protocol: ICMP, bufferSize: 65_536 });
  const identifier = process.pid & 0xffff;
  const replies: ProbeReply[] = [];
  const finish = () => {
    clearTimeout(timer);
    socket.close();
    process.stdout.write(JSON.stringify(replies));
  };
  const timer = setTimeout(finish, TIMEOUT_MS);
  socket.setOption(IPPROTO_IP, IP_TTL, ttl);
  socket.setOption(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  socket.on('message', (packet, from) => {
    const reply = replyTo(identifier, packet, from);
    if (reply === undefined) return;
    replies.push(reply);
    if (replies.length === count) finish();
  });
  const send = (sequence: number): void => {
    const message = echoRequest(identifier, sequence, packetBytes - IPV4_HEADER_BYTES);
    socket.send(message, 0, message.length, destination, () => {});
    if (sequence + 1 < count) setTimeout(send, INTERVAL_MS, sequence + 1);
  };
  send(0);
}

function echoRequest(identifier: number, sequence: number, length: number): Buffer {
  const message = Buffer.alloc(length);
  message[0] = 8;
  writeU16(message, 4, identifier);
  writeU16(message, 6, sequence);
  writeU16(message, 2, checksum(message, 0, length));
  return message;
}

/** Undefined for ICMP that is not about our requests. */
function replyTo(identifier: number, packet: Buffer, from: string): ProbeReply | undefined {
  const at = (packet[0] & 15) * 4;
  const type = packet[at];
  const echo = type === ECHO_REPLY ? at : at + ICMP_HEADER_BYTES + IPV4_HEADER_BYTES;
  if (readU16(packet, echo + 4) !== identifier || type === 8) return undefined;
  return { from, type, code: packet[at + 1], nextMtu: readU16(packet, at + 6) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(JSON.parse(process.argv[2]));
