import { LasthopError } from '../base/errors.js';
import { formatIpv4 } from '../base/ipv4.js';
import { Agent } from './agent.js';
import type { TransferDescription } from './scenario.js';

/** What an end of a transfer has sent or received. */
export interface TransferStatus {
  readonly bytes: number;
  /** Milliseconds since the last of them. */
  readonly quietMs: number;
  /** SHA-256 in hexadecimal, when the stream has ended; empty before. */
  readonly sha256: string;
}

/** One long TCP stream between two nodes, its content checked at the end. */
export class Transfer {
  private verdict: boolean | undefined;

  private constructor(
    readonly name: string,
    private readonly sender: Agent<TransferStatus>,
    private readonly receiver: Agent<TransferStatus>,
  ) {}

  /** Listens at one end and connects from the other. `port` must not be in use at either node. */
  static async start(
    transfer: TransferDescription,
    port: number,
    namespaceOf: (node: string) => string,
  ): Promise<Transfer> {
    const name = `transfer ${transfer.name}`;
    const target = [formatIpv4(transfer.to), String(port), String(transfer.megabitPerSecond)];
    const uploads = transfer.direction === 'upload';
    const start = (role: 'listen' | 'connect', node: string, sends: boolean) =>
      Agent.start<TransferStatus>(`${name}, ${role}ing end`, namespaceOf(node), './transfer-end.js', [
        role,
        sends ? 'send' : 'receive',
        ...target,
      ]);
    const listener = await start('listen', transfer.at, !uploads);
    const connector = await start('connect', transfer.from, uploads);
    return uploads ? new Transfer(name, connector, listener) : new Transfer(name, listener, connector);
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.receiver.status?.bytes ?? 0;
  }

  /** Milliseconds since the last byte arrived. */
  get quietMs(): number {
    return this.receiver.status?.quietMs ?? 0;
  }

  get finished(): boolean {
    return this.verdict !== undefined;
  }

  get failure(): string | undefined {
    return this.verdict === undefined ? (this.sender.failure ?? this.receiver.failure) : undefined;
  }

  /** True once every byte has arrived unchanged, false before. */
  get intact(): boolean {
    return this.verdict === true;
  }

  /** Ends the stream and compares what was sent with what arrived. Throws LasthopError if they differ. */
  async finish(withinMs: number): Promise<TransferStatus> {
    const sending = this.sender.finish(withinMs);
    const [sent, arrived] = await Promise.all([sending, this.receiver.finish(withinMs)]);
    this.sender.kill();
    this.receiver.kill();
    this.verdict = sent.bytes === arrived.bytes && sent.sha256 === arrived.sha256;
    if (this.verdict) return arrived;
    throw new LasthopError(
      'LAB',
      `${this.name}: ${arrived.bytes} bytes with SHA-256 ${arrived.sha256} arrived, ` +
        `expected ${sent.bytes} bytes with ${sent.sha256}`,
    );
  }
}
