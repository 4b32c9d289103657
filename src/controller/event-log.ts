/** Something worth a line in the log. Names are kebab-case and stable; keys of `detail` carry units. */
export interface LoggedEvent {
  /** Rises by one with each event of this controller, from 1. */
  readonly sequence: number;
  /** CLOCK_MONOTONIC. */
  readonly atMs: number;
  /** The process that saw it. */
  readonly origin: 'controller' | 'forwarder';
  readonly name: string;
  readonly detail: EventDetail;
}

export type EventDetail = { readonly [key: string]: string | number | boolean };

/** The last events in the order of their times, and those who want to hear of new ones. */
export class EventLog {
  private readonly events: LoggedEvent[] = [];
  private readonly listeners = new Set<(event: LoggedEvent) => void>();
  private sequence = 0;

  constructor(private readonly capacity = 1000) {}

  record(atMs: number, name: string, detail: EventDetail, origin: LoggedEvent['origin'] = 'controller'): void {
    const event: LoggedEvent = { sequence: ++this.sequence, atMs, origin, name, detail };
    // What another process saw arrives later than it happened.
    const before = this.events.findLastIndex((other) => other.atMs <= atMs);
    this.events.splice(before + 1, 0, event);
    if (this.events.length > this.capacity) this.events.shift();
    for (const listener of this.listeners) listener(event);
  }

  recent(): readonly LoggedEvent[] {
    return this.events;
  }

  /** Calls `listener` with every later event until the returned function is called. */
  listen(listener: (event: LoggedEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
