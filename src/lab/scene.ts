import { LasthopError } from '../base/errors.js';
import { Agent } from './agent.js';
import type { CaptureFigures } from './capture-agent.js';
import type { Lab } from './lab.js';
import { Probe } from './probe.js';
import type { ProbeResult } from './result.js';
import type { ProbeDescription, TransferDescription } from './scenario.js';
import type { LinkEnd } from './topology.js';
import { Transfer } from './transfer.js';

/** Each probe and transfer has a port of its own. */
const FIRST_PORT = 20_000;
const CAPTURE_STOP_WITHIN_MS = 5000;

/** A lab and what the scenario has set going in it. */
export class Scene {
  private readonly probes = new Map<string, Probe>();
  private readonly transfers = new Map<string, Transfer>();
  private readonly captures = new Map<string, Agent<CaptureFigures>>();
  /** The transfers that ran at some time while a probe did. */
  private readonly companions = new Map<string, Set<Transfer>>();
  /** The controllers that were killed, by node. */
  private readonly killed = new Map<string, number>();
  private nextPort = FIRST_PORT;

  constructor(readonly lab: Lab) {}

  async startProbe(probe: ProbeDescription): Promise<void> {
    requireNew(this.probes, 'probe', probe.name);
    this.probes.set(probe.name, await Probe.start(probe, this.nextPort++, this.namespaceOf));
    this.companions.set(probe.name, new Set([...this.transfers.values()].filter((transfer) => !transfer.finished)));
  }

  probe(name: string): Probe {
    return required(this.probes, 'probe', name);
  }

  async startTransfer(description: TransferDescription): Promise<void> {
    requireNew(this.transfers, 'transfer', description.name);
    const transfer = await Transfer.start(description, this.nextPort++, this.namespaceOf);
    this.transfers.set(description.name, transfer);
    for (const [name, probe] of this.probes) {
      if (probe.running) this.companions.get(name)?.add(transfer);
    }
  }

  transfer(name: string): Transfer {
    return required(this.transfers, 'transfer', name);
  }

  async startCapture(name: string, end: LinkEnd, filter: string): Promise<void> {
    requireNew(this.captures, 'capture', name);
    const agent = Agent.start<CaptureFigures>(`capture ${name}`, this.namespaceOf(end.node), './capture-agent.js', [
      end.link,
      filter,
    ]);
    this.captures.set(name, await agent);
  }

  /** Frames that a capture has counted. */
  captured(name: string): number {
    return required(this.captures, 'capture', name).status?.frames ?? 0;
  }

  async stopCapture(name: string): Promise<number> {
    const capture = required(this.captures, 'capture', name);
    const { frames } = await capture.finish(CAPTURE_STOP_WITHIN_MS);
    capture.kill();
    return frames;
  }

  /** Ends a controller, and remembers which it was. */
  async killController(node: string): Promise<number> {
    const target = this.lab.node(node);
    const pid = target.pidOf('controller');
    await target.kill('controller');
    if (pid !== undefined) this.killed.set(node, pid);
    return pid ?? 0;
  }

  killedController(node: string): number | undefined {
    return this.killed.get(node);
  }

  /** Why the lab, or something that the scenario set going, is not as it should be. */
  get failure(): string | undefined {
    if (this.lab.failure !== undefined) return this.lab.failure;
    for (const [name, probe] of this.probes) if (probe.failure !== undefined) return `probe ${name}: ${probe.failure}`;
    for (const { name, failure } of this.transfers.values()) if (failure !== undefined) return `${name}: ${failure}`;
    return undefined;
  }

  /** Stops the probes that run and gives the figures of all. */
  async probeResults(): Promise<{ [name: string]: ProbeResult }> {
    const results: { [name: string]: ProbeResult } = {};
    for (const [name, probe] of this.probes) {
      const { sent, lost, outageMs } = await probe.stop();
      const transfers = [...(this.companions.get(name) ?? [])];
      const tcpSurvived = transfers.length === 0 ? null : transfers.every((transfer) => transfer.intact);
      results[name] = { sent, lost, outageMs, tcpSurvived };
    }
    return results;
  }

  private readonly namespaceOf = (node: string): string => this.lab.wiring.namespaceOf(node);
}

function required<T>(things: ReadonlyMap<string, T>, what: string, name: string): T {
  const thing = things.get(name);
  if (thing === undefined) throw new LasthopError('LAB', `there is no ${what} ${name}`);
  return thing;
}

function requireNew(things: ReadonlyMap<string, unknown>, what: string, name: string): void {
  if (things.has(name)) throw new LasthopError('LAB', `there is a ${what} ${name} already, expected another name`);
}
