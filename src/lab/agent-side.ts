import type { FromAgent } from './agent.js';

/** The agent's end of its channel to the lab. */
export class AgentSide<Status> {
  /** `onFinish` is called once, when the lab wants the last word (`final`). An agent ends with its lab. */
  constructor(onFinish: () => void) {
    if (process.send === undefined) throw new Error('this program is started by a lab');
    process.once('disconnect', () => process.exit(0));
    process.once('message', onFinish);
  }

  ready(): void {
    this.send({ type: 'ready' });
  }

  status(status: Status): void {
    this.send({ type: 'status', status });
  }

  final(status: Status): void {
    this.send({ type: 'final', status });
  }

  failed(message: string): void {
    this.send({ type: 'failed', message });
  }

  private send(message: FromAgent<Status>): void {
    if (process.connected) process.send?.(message);
  }
}
