import { type GroupTable, repairPath } from '../fib/next-hop-group.js';
import type { FrameArena } from '../link/frame.js';
import { IPV4_HEADER_BYTES, ipv4Destination, ipv4HeaderLength, ipv4Source, ipv4Ttl } from '../wire/ipv4.js';
import { ACTION_CONNECTED, ACTION_RESOLVE, ACTION_SEND, type AdjacencyTable } from './adjacency.js';
import type { IcmpErrors } from './icmp-error.js';
import { POLICY_REDIRECT } from './link-policy.js';
import type { LinkTable } from './link-table.js';
import { OptionRecord } from './option-record.js';
import { HANDLED, type ReceivedBatch } from './received-batch.js';

/** Says which path a packet will take. */
export interface PathChooser {
  pathOf(group: number, offset: number): number;
}

/** The parts of an engine that have to do with what is known before a packet leaves. */
export interface DepartureParts {
  readonly arena: FrameArena;
  readonly batch: ReceivedBatch;
  readonly links: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly groups: GroupTable;
}

/**
 * What a few packets want that depends on the link by which they will leave: options filled in, and a redirect if their
 * sender has a shorter way (RFC 1812 section 5.2.7.2). It goes over the batch before anything of it is forwarded, and only
 * if the batch has such options or the link sends redirects: the usual packet pays nothing for it.
 */
export class Departure {
  private readonly parts: DepartureParts;
  private readonly errors: IcmpErrors;
  private readonly paths: PathChooser;
  private readonly record: OptionRecord;

  constructor(parts: DepartureParts, errors: IcmpErrors, clock: Float64Array, paths: PathChooser) {
    this.parts = parts;
    this.errors = errors;
    this.paths = paths;
    this.record = new OptionRecord(parts.arena.bytes, parts.links, clock);
  }

  /** Of the batch that came in by link `from`, which is not the virtual link. */
  prepare(from: number): void {
    const { batch, links, adjacencies } = this.parts;
    const redirects = links.follows(from, POLICY_REDIRECT);
    if (!redirects && !batch.hasRecords) return;
    const { groups } = batch;
    const { offsets, lengths, count } = batch.packets;
    for (let i = 0; i < count; i++) {
      if (groups[i] === HANDLED) continue;
      const path = this.paths.pathOf(groups[i], offsets[i]);
      if (!this.goesOn(path, offsets[i])) continue;
      const link = adjacencies.link[path];
      if (redirects && link === from && path !== repairPath(this.parts.groups, groups[i])) {
        this.redirect(path, offsets[i], lengths[i], from);
      }
      if (batch.hasRecords) this.fill(offsets[i], link);
    }
  }

  private goesOn(path: number, offset: number): boolean {
    const action = this.parts.adjacencies.action[path];
    const onLink = action === ACTION_SEND || action === ACTION_CONNECTED || action === ACTION_RESOLVE;
    return onLink && ipv4Ttl(this.parts.arena.bytes, offset) > 1;
  }

  /** Only if the next hop is on the sender's own subnet. What is source-routed was refused before. */
  private redirect(path: number, offset: number, length: number, from: number): void {
    const { links, adjacencies, arena } = this.parts;
    const isConnected = adjacencies.action[path] === ACTION_CONNECTED;
    const gateway = isConnected ? ipv4Destination(arena.bytes, offset) : adjacencies.address[path];
    const own = links.addressTowards(from, ipv4Source(arena.bytes, offset));
    if (own === 0 || links.addressTowards(from, gateway) !== own || links.isSubnetBroadcast(from, gateway)) return;
    this.errors.sendRedirect(gateway, own, offset, length, from);
  }

  private fill(offset: number, link: number): void {
    if (ipv4HeaderLength(this.parts.arena.bytes, offset) > IPV4_HEADER_BYTES) this.record.write(offset, link);
  }
}
