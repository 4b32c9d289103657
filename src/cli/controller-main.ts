import { randomInt } from 'node:crypto';
import { calendarTime, monotonicMs } from '../api/clock.js';
import { ControlApi } from '../api/control-api.js';
import { listenAt, prepareControlSocket } from '../api/control-socket.js';
import { createApiServer } from '../api/server.js';
import { SeededRandom } from '../base/random.js';
import { rehearse } from '../base/rehearse.js';
import { confine } from '../controller/confinement.js';
import { Controller } from '../controller/controller.js';
import { beginRecording } from '../controller/ospf-recording.js';
import { REPERTOIRE } from '../controller/repertoire.js';
import { StoreRunner } from '../etcd/store-runner.js';
import type { FromForwarder } from '../forward/messages.js';
import { CheckRunner } from '../health/check-runner.js';
import { Echo } from '../health/echo.js';
import { controllerOptions } from './controller-options.js';
import { createLateLog, type Log } from './log.js';

/** Drives the controller: messages of the forwarder, the clock, and nothing else wakes it. */
class ControllerLoop {
  readonly controller: Controller;
  private readonly checks = new CheckRunner(new Echo(), monotonicMs, () => this.expire());
  private readonly store = new StoreRunner(monotonicMs, (reply, sentMs) => {
    this.controller.exclusive.take(reply, sentMs, monotonicMs());
    this.expire();
  });
  private timer: NodeJS.Timeout | undefined;
  private timerMs: number | undefined;

  /** @param record folder for recordings of OSPF */
  constructor(log: Log, record: string | undefined) {
    // A message that finds the channel closed is lost with the process: `disconnect` ends it.
    const send = (message: object) => process.send?.(message, undefined, undefined, () => {});
    const seed = randomInt(2 ** 32);
    const clocks = { calendarMs: (atMs: number) => calendarTime(atMs).getTime(), stopwatchMs: () => performance.now() };
    this.controller = new Controller(send, new SeededRandom(seed), clocks, journalOf(record, seed, log));
  }

  start(): void {
    process.on('message', (message) => {
      this.controller.receive(message as FromForwarder, monotonicMs());
      this.schedule();
    });
    this.controller.start(process.pid);
  }

  private schedule(): void {
    this.checks.run(this.controller.health.due(monotonicMs()));
    this.askStore();
    const next = this.controller.nextTimeoutMs();
    if (next === this.timerMs) return;
    clearTimeout(this.timer);
    this.timerMs = next;
    if (next !== undefined) this.timer = setTimeout(() => this.expire(), Math.max(0, next - monotonicMs()));
  }

  private askStore(): void {
    const { config, exclusive } = this.controller;
    const request = exclusive.next(monotonicMs());
    if (request !== undefined && config?.etcd !== undefined) void this.store.run(config.etcd, request);
  }

  private expire(): void {
    this.timerMs = undefined;
    this.controller.timeout(monotonicMs());
    this.schedule();
  }
}

function journalOf(directory: string | undefined, seed: number, log: Log) {
  if (directory === undefined) return undefined;
  const onEnd = (reason: string) => log({ name: 'recording-ended', detail: { directory, reason } });
  return beginRecording({ directory, seed, startedAt: new Date(), onEnd });
}

/** Signals are for the forwarder: it tells the controller to say goodbye. A terminal sends them to both. */
function leaveSignalsToForwarder(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}

/** Ends the process; the forwarder starts another controller. A rejection counts as an exception. */
function endOnFailure(log: Log): void {
  process.on('uncaughtException', (error) => {
    log({ name: 'controller-failed', detail: { error: error.message } });
    if (process.env.LASTHOP_DEBUG === '1') process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

/**
 * The entry of the controller process, started by the forwarder and connected to it by Node's IPC channel. It ends when
 * the channel closes.
 */
async function main(): Promise<void> {
  const { socket, uid, gid, log: format, record } = controllerOptions(process.argv.slice(2));
  // Whoever reads the log may go away; forwarding goes on.
  process.stderr.on('error', () => {});
  const log = createLateLog(format, (line) => process.stderr.write(line));
  endOnFailure(log);
  leaveSignalsToForwarder();
  process.on('disconnect', () => process.exit(0));
  const loop = new ControllerLoop(log, record);
  loop.controller.events.listen((event) => {
    if (event.origin === 'controller') log(event);
  });
  await prepareControlSocket(socket);
  await listenAt(createApiServer(new ControlApi(loop.controller)), socket);
  confine({ uid, gid });
  loop.start();
  const stopwatchMs = () => performance.now();
  rehearse(REPERTOIRE, stopwatchMs, (run, afterMs) => setTimeout(run, afterMs).unref());
}

await main();
