import type { Ipv4 } from '../base/ipv4.js';
import { SeededRandom } from '../base/random.js';
import type { CheckConfig, Config, Probe, VipConfig } from '../config/config.js';
import { CheckHealth } from '../vip/health.js';
import type { VipHealth } from '../vip/lifecycle.js';

/** A check that is to be run now. */
export interface CheckRun {
  readonly probe: Probe;
  readonly timeoutMs: number;
  /** Takes why it failed, or undefined. */
  readonly done: (failure: string | undefined, nowMs: number) => void;
}

/** What is known of one check. */
export interface CheckView {
  readonly vip: string;
  readonly check: string;
  readonly healthy: boolean;
  /** If it is not: why the last run that failed did. */
  readonly reason: string | undefined;
}

interface Check {
  readonly config: CheckConfig;
  /** What it is known by from one configuration to the next. */
  readonly text: string;
  readonly health: CheckHealth;
}

interface Patient {
  readonly vip: VipConfig;
  readonly checks: readonly Check[];
}

/** The checks of all VIPs: which are due, and what follows from their results. They are run by somebody else. */
export class HealthBoard {
  private patients: ReadonlyMap<Ipv4, Patient> = new Map();
  /** Those that have checks. */
  private checked: readonly Patient[] = [];
  private random: SeededRandom | undefined;

  /** @param changed is told of every check that changed its mind */
  constructor(private readonly changed: (view: CheckView, nowMs: number) => void) {}

  /**
   * Checks that stay keep what is known of them, and what is healthy stays so until a check that is new or has changed has
   * failed: a reload takes nothing out of service. `inherited`: what is configured at first has been in service until now, and
   * is to stay there until its checks have failed.
   */
  configure({ routerId, vips }: Config, inherited: boolean, nowMs: number): void {
    const before = this.patients;
    const served = inherited && this.random === undefined;
    // Routers that check the same server are not to do so in step.
    this.random ??= new SeededRandom(routerId);
    const { random } = this;
    this.patients = new Map(
      vips.map((vip) => {
        const known = before.get(vip.address)?.checks;
        const wasHealthy = known?.every(({ health }) => health.healthy) === true;
        const checks = vip.checks.map((config): Check => {
          const text = JSON.stringify(config);
          const same = known?.find((check) => check.text === text);
          if (same !== undefined) return same;
          const probe = JSON.stringify(config.probe);
          const alike = known?.find((check) => JSON.stringify(check.config.probe) === probe);
          const isUp = served || (alike?.health.healthy ?? (wasHealthy || config.initial === 'up'));
          return { config, text, health: new CheckHealth({ ...config, initial: isUp ? 'up' : 'down' }, random, nowMs) };
        });
        return [vip.address, { vip, checks }];
      }),
    );
    this.checked = [...this.patients.values()].filter(({ checks }) => checks.length > 0);
  }

  /** What the checks say of a VIP; without any it is up. */
  of(address: Ipv4): VipHealth {
    const patient = this.patients.get(address);
    if (patient === undefined || patient.checks.every(({ health }) => health.healthy)) return 'up';
    return patient.vip.unhealthy === 'drain' ? 'last-resort' : 'failed';
  }

  /** The checks to be run now; each is run once until it is done. */
  due(nowMs: number): CheckRun[] {
    const runs: CheckRun[] = [];
    for (const { vip, checks } of this.checked) {
      for (const check of checks) if (check.health.dueMs <= nowMs) runs.push(this.begin(vip.address, check, nowMs));
    }
    return runs;
  }

  /** When `due` has something; undefined: never, as it is. */
  nextTimeoutMs(): number | undefined {
    let earliest = Infinity;
    for (const { checks } of this.checked) {
      for (const { health } of checks) earliest = Math.min(earliest, health.dueMs);
    }
    return earliest === Infinity ? undefined : earliest;
  }

  views(): CheckView[] {
    return [...this.patients.values()].flatMap(({ vip, checks }) => checks.map((check) => viewOf(vip.name, check)));
  }

  private begin(address: Ipv4, check: Check, beganMs: number): CheckRun {
    const { health, config } = check;
    health.begin();
    return {
      probe: config.probe,
      timeoutMs: config.timeoutMs,
      done: (failure, nowMs) => {
        if (!health.take(failure, beganMs, nowMs)) return;
        const patient = this.patients.get(address);
        if (patient?.checks.includes(check)) this.changed(viewOf(patient.vip.name, check), nowMs);
      },
    };
  }
}

function viewOf(vip: string, { config, health }: Check): CheckView {
  const { healthy, reason } = health;
  return { vip, check: describeProbe(config.probe), healthy, reason: healthy ? undefined : reason };
}

function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return `tcp ${probe.host}:${probe.port}`;
    case 'http':
      return `${probe.method} ${probe.url.href}`;
    case 'dns':
      return `dns ${probe.name} at ${probe.server}`;
    case 'icmp':
      return `icmp ${probe.address}`;
    case 'command':
      return ['command', probe.program, ...probe.args].join(' ');
    case 'process':
      return `process ${probe.name}`;
  }
}
