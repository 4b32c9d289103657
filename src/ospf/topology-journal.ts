import { LSA_NETWORK, LSA_ROUTER, type LsaHeader } from '../wire/ospf/lsa.js';

/** Which LSA, whichever instance of it. */
export type LsaName = Pick<LsaHeader, 'type' | 'id' | 'advertisingRouter'>;

/** Whoever is further behind reads the whole database: with so many changes that takes no longer. */
const MAX_NAMES = 1024;

/**
 * The router-LSAs and network-LSAs of a database that have come, gone or got another instance, in that order. Readers
 * remember a position and ask what has happened since; the journal knows nothing of them and keeps no instance alive.
 */
export class TopologyJournal {
  private names: LsaName[] = [];
  private start = 0;

  /** Keeps `name`, which is not to change. LSAs of other types are not noted. */
  note(name: LsaName): void {
    if (name.type !== LSA_ROUTER && name.type !== LSA_NETWORK) return;
    if (this.names.length === MAX_NAMES) {
      this.start += MAX_NAMES;
      this.names = [];
    }
    this.names.push(name);
  }

  /** The position after all that has been noted. */
  get end(): number {
    return this.start + this.names.length;
  }

  /** What was noted as number `position`, less than `end`; undefined if that is not known any more. */
  at(position: number): LsaName | undefined {
    return this.names[position - this.start];
  }
}
