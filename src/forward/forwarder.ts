import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { formatPrefix } from '../base/prefix.js';
import { rehearse } from '../base/rehearse.js';
import { unreadableReason } from '../base/unreadable.js';
import { ServiceNotifier } from '../kernel/service-notify.js';
import { type ControllerChannel, ControllerProcess, KEEP_COMPILED } from './controller-process.js';
import { DataPlane } from './data-plane.js';
import type { RefusedRoute } from './fib-owner.js';
import { MaintenanceMark } from './maintenance-mark.js';
import { isToForwarder } from './message-check.js';
import type { ForwarderEvent, LinkRequest, ToForwarder } from './messages.js';
import { CONTROL_PRECEDENCE, takePrecedence } from './precedence.js';
import { RouteRehearsal } from './route-rehearsal.js';
import { onSignals } from './signal-handlers.js';
import type { VirtualLinkRequest } from './virtual-link.js';

/** How long a controller may take to say goodbye. */
const STOP_TIMEOUT_MS = 2000;
/** How long a controller whose channel was closed may take to end. */
const CONTROLLER_GRACE_MS = 500;

export type Log = (event: ForwarderEvent) => void;

export interface ForwarderOptions {
  readonly channel: ControllerChannel;
  /** Threads that forward, 1 or more. */
  readonly workers: number;
  readonly configPath: string;
  /** Folder of what is to be known after a restart. */
  readonly stateDirectory: string;
  /** The configuration that the first controller gets. */
  readonly configText: string;
  /** True if a new text of the configuration file is good enough for a later controller to start with. */
  readonly isGoodConfig: (text: string) => boolean;
  /** How long the routes of an earlier controller stay that a new one does not ask for. */
  readonly holdTimeMs: number;
  readonly log: Log;
  /** The virtual link is configured for the first time: the router serves from now on. */
  readonly onReady: () => void;
  /** Forwarding is not possible or has ended; only `close` makes sense any more. */
  readonly onFailure: (error: Error) => void;
}

/**
 * The forwarder without its process: carries out what a controller asks for, and goes on with the last of it while there
 * is none. Everything that a controller says replaces what the one before it said, but its routes and addresses stay
 * until the new one has had time to ask for them again.
 */
export class Forwarder {
  readonly plane: DataPlane;
  private readonly options: ForwarderOptions;
  private readonly maintenance: MaintenanceMark;
  private configText: string;
  private controllers = 0;
  private holdTimer: NodeJS.Timeout | undefined;
  private ready = false;
  /** Links that were asked for before there was a virtual link: no NIC is touched for a router that may not come. */
  private heldLinks: readonly LinkRequest[] = [];
  private stopped: () => void = () => {};

  constructor(options: ForwarderOptions) {
    this.options = options;
    this.maintenance = new MaintenanceMark(options.stateDirectory);
    this.configText = options.configText;
    this.plane = new DataPlane(options.workers, {
      onLinkState: (state) => this.options.channel.send(state),
      onPunt: (link, atMs, packet) => this.options.channel.send({ type: 'punt', link, atMs, packet }),
      onBfdState: (state) => this.options.channel.send(state),
      onEvent: (name, detail) => this.report(name, detail),
      onFailure: options.onFailure,
    });
    options.channel.onMessage((message) => this.receive(message));
  }

  /** Reads the configuration file and hands it to the controller. */
  readConfig(): void {
    const { configPath, channel } = this.options;
    try {
      const config = readFileSync(configPath, 'utf8');
      if (this.options.isGoodConfig(config)) this.configText = config;
      channel.send({ type: 'config', config, configPath });
    } catch (error) {
      const reason = unreadableReason(error);
      this.report('config-unreadable', { file: configPath, reason });
      channel.send({ type: 'config-unreadable', configPath, reason });
    }
  }

  /** Has the controller say goodbye to its neighbors; waits for it no longer than needed or `STOP_TIMEOUT_MS`. */
  async sayGoodbye(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.stopped = resolve;
    });
    if (!this.options.channel.send({ type: 'stop' })) return;
    const timer = setTimeout(this.stopped, STOP_TIMEOUT_MS);
    await stopped;
    clearTimeout(timer);
  }

  /** The last controller is gone: nobody is left to say goodbye. */
  controllerGone(): void {
    this.stopped();
  }

  /** Takes everything down: links are the kernel's again, the virtual link is gone. */
  async close(): Promise<void> {
    clearTimeout(this.holdTimer);
    await this.plane.close();
  }

  /** Something worth a line in the log, here and in the controller's list of events. */
  report(name: string, detail: ForwarderEvent['detail']): void {
    const event = { atMs: this.plane.nowMs(), name, detail };
    this.options.log(event);
    this.options.channel.send({ type: 'event', event });
  }

  private receive(message: unknown): void {
    if (!isToForwarder(message)) {
      this.report('controller-message-refused', {});
      return;
    }
    this.attempt(message.type, () => this.carryOut(message));
  }

  /** What the kernel refuses to one request must not stop the forwarding of everything else. */
  private attempt(request: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.report('controller-request-failed', { request, reason: reasonOf(error) });
    }
  }

  private carryOut(message: ToForwarder): void {
    switch (message.type) {
      case 'hello':
        this.welcome();
        break;
      case 'links':
        this.wantLinks(message.links);
        break;
      case 'virtual-link':
        this.configureVirtualLink(message);
        break;
      case 'routes':
        this.changeRoutes(message);
        break;
      case 'routes-complete':
        this.endTakeover();
        break;
      case 'bfd-sessions':
        this.plane.bfd.want(message.sessions);
        break;
      case 'lease':
        this.plane.setLease(message.untilMs);
        break;
      case 'carriers':
        this.plane.carry.setCarriers(message.addresses);
        break;
      case 'inject':
        this.plane.inject(message.link, message.via, message.packet);
        break;
      case 'query':
        this.options.channel.send({ type: 'answer', id: message.id, data: this.plane.queries.answer(message.query) });
        break;
      case 'maintenance':
        this.noteMaintenance(message.on);
        break;
      case 'read-config':
        this.readConfig();
        break;
      case 'stopped':
        this.stopped();
        break;
    }
  }

  private noteMaintenance(on: boolean): void {
    let failure: string | undefined;
    try {
      this.maintenance.set(on);
    } catch (error) {
      failure = reasonOf(error);
    }
    this.options.channel.send({ type: 'maintenance', on: this.maintenance.isSet, failure });
  }

  private welcome(): void {
    const { channel, configPath, holdTimeMs } = this.options;
    const restarts = this.controllers++;
    this.plane.fib.nextGeneration();
    this.plane.virtualLink?.keepFormer();
    this.plane.bfd.keepFormer();
    clearTimeout(this.holdTimer);
    if (restarts > 0)
      this.holdTimer = setTimeout(() => this.attempt('hold-time', () => this.endTakeover()), holdTimeMs);
    const maintenance = this.maintenance.isSet;
    channel.send({ type: 'welcome', restarts, config: this.configText, configPath, maintenance });
    for (const state of this.plane.links.states()) channel.send(state);
    for (const state of this.plane.bfd.states(this.plane.nowMs() * 1000)) channel.send(state);
  }

  /** What the present controller has not asked for again by now is no longer wanted. */
  private endTakeover(): void {
    clearTimeout(this.holdTimer);
    const routes = this.plane.fib.sweep();
    if (routes > 0) this.report('stale-routes-swept', { routes });
    this.plane.virtualLink?.dropFormer();
    this.plane.bfd.dropFormer();
  }

  private configureVirtualLink(request: VirtualLinkRequest): void {
    try {
      this.plane.configureVirtualLink(request);
    } catch (error) {
      // Without a virtual link there is no router; with one, the former settings go on.
      if (this.ready || !(error instanceof Error)) throw error;
      this.options.onFailure(error);
      return;
    }
    this.options.channel.send({ type: 'virtual-link-ready', addresses: request.addresses });
    if (this.ready) return;
    this.ready = true;
    this.plane.links.want(this.heldLinks);
    this.plane.bfd.refresh();
    this.options.onReady();
  }

  private wantLinks(requests: readonly LinkRequest[]): void {
    if (this.ready) {
      this.plane.links.want(requests);
      this.plane.bfd.refresh();
    } else this.heldLinks = requests;
  }

  private changeRoutes(message: Extract<ToForwarder, { type: 'routes' }>): void {
    const { fib, carry } = this.plane;
    const refused = fib.change(message.upsert, message.remove);
    const carrying = carry.change(message.upsert, message.remove);
    if (refused.length > 0) this.reportRefused(refused);
    const controller = this.controllers;
    this.plane.whenWorkerHasSeen(() => {
      if (carrying.length > 0) this.attempt('carry', () => carry.complete(carrying));
      if (controller !== this.controllers) return;
      const { sequence } = message;
      this.options.channel.send({ type: 'routes-programmed', sequence, refused: refused.map(({ prefix }) => prefix) });
    });
  }

  private reportRefused(refused: readonly RefusedRoute[]): void {
    const [{ prefix, reason }] = refused;
    this.report('route-refused', { routes: refused.length, first: formatPrefix(prefix), reason });
  }
}

export interface RunOptions {
  readonly configPath: string;
  readonly configText: string;
  readonly stateDirectory: string;
  readonly isGoodConfig?: (text: string) => boolean;
  /** The module that a controller process runs, and its arguments. */
  readonly controllerModule: URL;
  readonly controllerArguments: readonly string[];
  readonly workers: number;
  readonly holdTimeSeconds: number;
  readonly log: Log;
}

/**
 * Runs a router until SIGTERM or SIGINT: this process forwards, a child process controls. Returns the exit code once the
 * machine is as it was found; throws a LasthopError if the router cannot run. Needs the privileges that
 * `requirePrivileges` looks at.
 */
export async function runForwarder(options: RunOptions): Promise<number> {
  takePrecedence(CONTROL_PRECEDENCE);
  setFlagsFromString(KEEP_COMPILED);
  const notifier = new ServiceNotifier(process.env, process.pid);
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  const controller: ControllerProcess = new ControllerProcess({
    module: options.controllerModule,
    arguments: options.controllerArguments,
    onStart: (pid, restarts) => forwarder.report('controller-started', { pid, restarts }),
    onExit: (how, delayMs) => {
      if (delayMs === undefined) forwarder.controllerGone();
      else forwarder.report('controller-exited', { how, restartDelayMs: delayMs });
    },
  });
  const forwarder: Forwarder = new Forwarder({
    ...options,
    isGoodConfig: options.isGoodConfig ?? (() => true),
    channel: controller,
    holdTimeMs: options.holdTimeSeconds * 1000,
    onReady: () => notifier.ready(),
    onFailure: end,
  });
  const releaseSignals = onSignals({ SIGTERM: () => end(), SIGINT: () => end(), SIGHUP: () => forwarder.readConfig() });
  const watchdog = startWatchdog(notifier, forwarder);
  controller.start();
  const later = (run: () => void, afterMs: number) => setTimeout(run, afterMs).unref();
  rehearse([() => new RouteRehearsal()], () => performance.now(), later);
  try {
    const failure = await ended;
    notifier.stopping();
    if (failure !== undefined) throw failure;
    forwarder.report('stopping', {});
    controller.letBeLast();
    await forwarder.sayGoodbye();
    return 0;
  } finally {
    clearInterval(watchdog);
    await controller.end(CONTROLLER_GRACE_MS);
    await forwarder.close();
    releaseSignals();
  }
}

/** Twice as often as the service manager wants, and only while the worker is alive. */
function startWatchdog(notifier: ServiceNotifier, forwarder: Forwarder): NodeJS.Timeout | undefined {
  if (notifier.watchdogIntervalMs === 0) return undefined;
  return setInterval(() => {
    if (forwarder.plane.isAlive()) notifier.watchdog();
  }, notifier.watchdogIntervalMs / 2);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
