import { native } from './binding.js';

/** What a service manager is told of (sd_notify(3)). */
type ServiceState = 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1';

/**
 * Tells the service manager that started this process how it is. Without one (no `NOTIFY_SOCKET`) it does nothing, and a
 * manager that does not listen any more is no reason to fail.
 */
export class ServiceNotifier {
  private readonly socketPath: string;
  /** The manager wants `watchdog()` at least this often, in milliseconds; 0 if it does not watch this process. */
  readonly watchdogIntervalMs: number;

  constructor(environment: NodeJS.ProcessEnv, pid: number) {
    this.socketPath = environment.NOTIFY_SOCKET ?? '';
    const watched = environment.WATCHDOG_PID === undefined || Number(environment.WATCHDOG_PID) === pid;
    const intervalUs = Number(environment.WATCHDOG_USEC ?? 0);
    this.watchdogIntervalMs = this.socketPath !== '' && watched && intervalUs > 0 ? intervalUs / 1000 : 0;
  }

  ready(): void {
    this.send('READY=1');
  }

  stopping(): void {
    this.send('STOPPING=1');
  }

  watchdog(): void {
    this.send('WATCHDOG=1');
  }

  private send(state: ServiceState): void {
    if (this.socketPath === '') return;
    try {
      native.sendUnixDatagram(this.socketPath, state);
    } catch {
      // The manager is gone or busy; it finds out by its own timeouts.
    }
  }
}
