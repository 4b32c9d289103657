import type { BfdDescriptor } from './bfd-table.js';
import type { LinkDescriptor, Mailbox } from './mailbox.js';

/**
 * What the main thread has its workers do. Links and what is shared concern all of them; neighbors, BFD and packets of the
 * control plane the first one alone.
 */
export class Commands {
  private readonly first: Mailbox;

  /** @param mailboxes one for each worker */
  constructor(private readonly mailboxes: readonly Mailbox[]) {
    [this.first] = mailboxes;
  }

  get workers(): number {
    return this.mailboxes.length;
  }

  /** @param links what each worker is to have of it, in order of their numbers */
  openLink(index: number, links: readonly LinkDescriptor[]): void {
    links.forEach((link, worker) => {
      this.mailboxes[worker].openLink(index, link);
    });
  }

  closeLink(index: number): void {
    for (const mailbox of this.mailboxes) mailbox.closeLink(index);
  }

  linkChanged(index: number): void {
    for (const mailbox of this.mailboxes) mailbox.linkChanged(index);
  }

  adjacencyDefined(index: number): void {
    this.first.adjacencyDefined(index);
  }

  adjacencyRemoved(index: number): void {
    this.first.adjacencyRemoved(index);
  }

  bfdDefined(slot: number, session: BfdDescriptor): void {
    this.first.bfdDefined(slot, session);
  }

  bfdRemoved(slot: number): void {
    this.first.bfdRemoved(slot);
  }

  /** Returns false when there is no room: the packet is lost. */
  inject(link: number, via: number, packet: Uint8Array): boolean {
    return this.first.inject(link, via, packet);
  }

  /** Calls `passed` once all workers have carried out everything said so far. */
  fence(passed: () => void): void {
    let missing = this.mailboxes.length;
    const reached = () => {
      if (--missing === 0) passed();
    };
    for (const mailbox of this.mailboxes) mailbox.fence(reached);
  }
}
