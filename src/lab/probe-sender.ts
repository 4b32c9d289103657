import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { AgentSide } from './agent-side.js';
import { takePrecedence } from './instrument.js';
import { type ProbeFigures, ProbeRecord } from './probe-record.js';

// Agent: sends a UDP datagram every millisecond and counts the answers. Arguments: address, port.

const INTERVAL_MS = 1;
const STATUS_EVERY_MS = 20;
/** How long answers that are under way may take when the probe is stopped. */
const LAST_ANSWERS_MS = 500;
/** Session (8 octets, so that answers to an earlier probe do not count), number (4), filling. */
const SESSION_BYTES = 8;
const PROBE_BYTES = 64;

const [address = '', port = ''] = process.argv.slice(2);
const session = randomBytes(SESSION_BYTES);
const record = new ProbeRecord();
const socket = createSocket('udp4');
let finishing = false;

const lab = new AgentSide<ProbeFigures>(() => {
  finishing = true;
  const deadline = performance.now() + LAST_ANSWERS_MS;
  const wait = setInterval(() => {
    const figures = record.figures();
    if (figures.unanswered > 0 && performance.now() < deadline) return;
    clearInterval(wait);
    lab.final(figures);
  }, INTERVAL_MS);
});

/** Sends all probes that are due: the rate holds even if a timer is late. */
function sendDue(startMs: number): void {
  if (finishing) return;
  const due = (performance.now() - startMs) / INTERVAL_MS + 1;
  while (record.sent < due) sendOne();
}

function sendOne(): void {
  const probe = Buffer.alloc(PROBE_BYTES);
  session.copy(probe);
  probe.writeUInt32BE(record.send(performance.now()), SESSION_BYTES);
  socket.send(probe);
}

takePrecedence();
socket.on('message', (answer) => {
  if (answer.length !== PROBE_BYTES || answer.compare(session, 0, SESSION_BYTES, 0, SESSION_BYTES) !== 0) return;
  record.answer(answer.readUInt32BE(SESSION_BYTES), performance.now());
});
// What ICMP says of a lost probe is no news: it stays unanswered.
socket.on('error', () => {});
socket.connect(Number(port), address, (error?: Error) => {
  if (error !== undefined) return lab.failed(error.message);
  const startMs = performance.now();
  setInterval(() => sendDue(startMs), INTERVAL_MS);
  setInterval(() => lab.status(record.figures()), STATUS_EVERY_MS);
  lab.ready();
});
