import type { ForwarderQuery, ToForwarder } from '../forward/messages.js';

/** Questions that the forwarder has not answered yet. */
export class ForwarderQueries {
  private readonly waiting = new Map<number, (data: unknown) => void>();
  private last = 0;

  constructor(private readonly send: (message: ToForwarder) => void) {}

  /** `done` is never called if the forwarder does not answer. Returns a number for `forget`. */
  ask(query: ForwarderQuery, done: (data: unknown) => void): number {
    const id = ++this.last;
    this.waiting.set(id, done);
    this.send({ type: 'query', id, query });
    return id;
  }

  answer(id: number, data: unknown): void {
    this.waiting.get(id)?.(data);
    this.waiting.delete(id);
  }

  /** Gives up waiting for an answer. */
  forget(id: number): void {
    this.waiting.delete(id);
  }
}
