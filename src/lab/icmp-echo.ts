import { randomInt } from 'node:crypto';
import rawSocket from 'raw-socket';

// Program: sends ICMP echo requests to an address until one is answered. Arguments: address, milliseconds.
// Ends with 0 if it was answered, 1 if not. It makes its packets itself: an independent view of the path.

const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const REQUEST_BYTES = 56;
const REPEAT_MS = 100;

const [address = '', patience = ''] = process.argv.slice(2);
const identifier = randomInt(0x10000);
const socket = rawSocket.createSocket({ protocol: rawSocket.Protocol.ICMP });
let sequence = 0;

function sendRequest(): void {
  const request = Buffer.alloc(REQUEST_BYTES);
  request.writeUInt8(ECHO_REQUEST, 0);
  request.writeUInt16BE(identifier, 4);
  request.writeUInt16BE(sequence++ & 0xffff, 6);
  rawSocket.writeChecksum(request, 2, rawSocket.createChecksum(request));
  // No route now may be a route later; whether it is answered is all that counts.
  socket.send(request, 0, request.length, address, () => {});
}

/** The packet starts with its IPv4 header. */
function isOurReply(packet: Buffer): boolean {
  const start = ((packet[0] ?? 0) & 0x0f) * 4;
  if (packet.length < start + 8) return false;
  return packet[start] === ECHO_REPLY && packet.readUInt16BE(start + 4) === identifier;
}

function end(code: number): void {
  socket.close();
  process.exit(code);
}

socket.on('message', (packet, source) => {
  if (source === address && isOurReply(packet)) end(0);
});
socket.on('error', () => {});
setTimeout(() => end(1), Number(patience));
setInterval(sendRequest, REPEAT_MS);
sendRequest();
