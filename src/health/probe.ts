import type { Probe } from '../config/config.js';
import { probeCommand } from './command-probe.js';
import { probeDns } from './dns-probe.js';
import { probeHttp } from './http-probe.js';
import { probeProcess } from './process-probe.js';
import { probeTcp } from './tcp-probe.js';

/**
 * Tries once. Resolves to undefined if it passed, else to one line that says why not; never rejects. When `signal` is
 * aborted it ends whatever it has open and resolves soon: the caller bounds its time so.
 */
export function runProbe(probe: Probe, signal: AbortSignal): Promise<string | undefined> {
  switch (probe.kind) {
    case 'tcp':
      return probeTcp(probe, signal);
    case 'http':
      return probeHttp(probe, signal);
    case 'dns':
      return probeDns(probe, signal);
    case 'command':
      return probeCommand(probe, signal);
    case 'process':
      return probeProcess(probe);
  }
}
