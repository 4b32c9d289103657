import type { Probe } from '../config/config.js';
import { probeCommand } from './command-probe.js';
import { probeDns } from './dns-probe.js';
import type { Echo } from './echo.js';
import { probeHttp } from './http-probe.js';
import { probeProcess } from './process-probe.js';
import { probeTcp } from './tcp-probe.js';

/**
 * Tries once. Resolves to undefined if it passed, else to one line that says why not; never rejects. When `signal` is
 * aborted it ends whatever it has open and resolves soon: the caller bounds its time so.
 * @param echo where requests of kind `icmp` go
 */
export function runProbe(probe: Probe, signal: AbortSignal, echo: Echo): Promise<string | undefined> {
  switch (probe.kind) {
    case 'tcp':
      return probeTcp(probe, signal);
    case 'http':
      return probeHttp(probe, signal);
    case 'dns':
      return probeDns(probe, signal);
    case 'icmp':
      return echo.ask(probe.address, signal);
    case 'command':
      return probeCommand(probe, signal);
    case 'process':
      return probeProcess(probe);
  }
}
