import { formatIpv4 } from '../base/ipv4.js';
import { Agent } from './agent.js';
import type { ProbeFigures } from './probe-record.js';
import type { ProbeDescription } from './scenario.js';

/** Enough for the answers under way and a busy machine. */
const STOP_WITHIN_MS = 10_000;

const NOTHING: ProbeFigures = { sent: 0, answered: 0, lost: 0, outageMs: 0, unanswered: 0 };

/** A UDP echo at 1 kHz between two nodes. */
export class Probe {
  private last: ProbeFigures | undefined;

  private constructor(
    private readonly sender: Agent<ProbeFigures>,
    private readonly echoes: readonly Agent<unknown>[],
  ) {}

  /** Starts the echo servers, then the sender. `port` must not be in use at any of the nodes. */
  static async start(probe: ProbeDescription, port: number, namespaceOf: (node: string) => string): Promise<Probe> {
    const target = [formatIpv4(probe.to), String(port)];
    const name = `probe ${probe.name}`;
    const echoes: Agent<unknown>[] = [];
    for (const node of probe.at) {
      echoes.push(await Agent.start(`${name}, echo server`, namespaceOf(node), './echo-server.js', target));
    }
    const sender = await Agent.start<ProbeFigures>(name, namespaceOf(probe.from), './probe-sender.js', target);
    return new Probe(sender, echoes);
  }

  get running(): boolean {
    return this.last === undefined;
  }

  figures(): ProbeFigures {
    return this.last ?? this.sender.status ?? NOTHING;
  }

  get failure(): string | undefined {
    return this.running
      ? (this.sender.failure ?? this.echoes.find(({ failure }) => failure !== undefined)?.failure)
      : undefined;
  }

  /** Stops sending, waits for the last answers, and returns the figures. */
  async stop(): Promise<ProbeFigures> {
    this.last ??= await this.sender.finish(STOP_WITHIN_MS);
    this.sender.kill();
    for (const echo of this.echoes) echo.kill();
    return this.last;
  }
}
