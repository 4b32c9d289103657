import { formatIpv4 } from '../base/ipv4.js';
import { formatMac } from '../base/mac.js';
import { formatPrefix } from '../base/prefix.js';
import { isSystemError } from '../kernel/system-error.js';
import { readTcpConnections } from '../kernel/tcp-connections.js';
import { BFD_STATE_NAMES, bfdDiagnosticName } from '../wire/bfd.js';
import {
  type AdjacencyTable,
  isUsable,
  KIND_CONNECTED,
  KIND_HOST,
  KIND_NAMES,
  KIND_NEIGHBOR,
  KIND_NONE,
  NEIGHBOR_STATE_NAMES,
} from './adjacency.js';
import type { BfdDeputyTable } from './bfd-deputy-table.js';
import type { BfdOwner } from './bfd-owner.js';
import type { BfdTable } from './bfd-table.js';
import { COUNT_HANDED_OVER, COUNT_RX_PACKETS, COUNT_TX_PACKETS, COUNTER_NAMES, type Counters } from './counters.js';
import { DROP_REASON_NAMES } from './drop-reason.js';
import type { FibOwner } from './fib-owner.js';
import type { LinkOwner } from './link-owner.js';
import { type LinkTable, MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { ForwarderQuery } from './messages.js';
import type { VirtualLink } from './virtual-link.js';
import type { Workers } from './workers.js';

type Row = { readonly [key: string]: string | number | boolean };

/** Bytes of an adjacency's header row before the destination MAC address; the source address follows it. */
const HEADER_PADDING = 2;
const HEADER_ROW = 16;

/** What queries read. Nothing here changes anything. */
export interface QuerySources {
  readonly table: LinkTable;
  readonly adjacencies: AdjacencyTable;
  readonly counters: Counters;
  readonly fib: FibOwner;
  readonly links: LinkOwner;
  readonly virtualLink: () => VirtualLink | undefined;
  readonly bfd: BfdOwner;
  readonly bfdTable: BfdTable;
  readonly bfdDeputy: BfdDeputyTable;
  readonly workers: Workers;
  readonly nowUs: () => number;
}

/** Answers the controller's questions with plain data; keys are stable, and name the unit where there is one. */
export class ForwarderQueries {
  constructor(private readonly sources: QuerySources) {}

  answer(query: ForwarderQuery): unknown {
    switch (query.what) {
      case 'counters':
        return this.counters();
      case 'drops':
        return this.drops();
      case 'workers':
        return this.workers();
      case 'links':
        return this.links();
      case 'adjacencies':
        return this.adjacencies();
      case 'bfd':
        return this.bfdSessions();
      case 'fib':
        return this.fib(query.address);
      case 'connections':
        return connectionCounts(query.addresses);
      case 'fib-size':
        return { routes: this.sources.fib.routeCount, groups: this.sources.fib.groupCount, ...this.sources.fib.size() };
    }
  }

  /** One row for each link, the virtual link first. */
  private counters(): Row[] {
    return this.openLinks().map(({ index, name }) => {
      const row: { [key: string]: string | number } = { link: name };
      COUNTER_NAMES.forEach((counter, number) => {
        row[counter] = this.sources.counters.read(index, number);
      });
      row.rxMissedPackets = this.sources.links.ownedLink(name)?.countMissed() ?? 0;
      return row;
    });
  }

  /** One row for each reason that occurred, by link. */
  private drops(): Row[] {
    return this.openLinks().flatMap(({ index, name }) =>
      DROP_REASON_NAMES.flatMap((reason, number) => {
        const packets = this.sources.counters.readDrops(index, number);
        return packets === 0 ? [] : [{ link: name, reason, packets }];
      }),
    );
  }

  private links(): Row[] {
    const { links, table } = this.sources;
    const virtual = this.sources.virtualLink();
    const rows: Row[] = links.states().map(({ type: _type, ...state }) => ({
      ...state,
      kind: links.ownedLink(state.name)?.io ?? 'packet',
      forwarding: table.up[links.indexOf(state.name) ?? VIRTUAL_LINK] === 1,
      ingressDrop: links.ownedLink(state.name)?.dropMethod ?? 'none',
    }));
    if (virtual === undefined) return rows;
    const { name, ifindex, mtu } = virtual;
    const up = table.up[VIRTUAL_LINK] === 1;
    const state = { name, present: true, up, ifindex, mtu, mac: '', reason: up ? '' : 'down' };
    return [{ ...state, kind: 'tun', forwarding: up, ingressDrop: 'none' }, ...rows];
  }

  /** Those of routes and the hosts that the worker found on connected subnets. */
  private workers(): Row[] {
    const { workers, counters } = this.sources;
    return workers.statuses().map(({ breaths, resting }, worker) => ({
      worker,
      rxPackets: counters.readWorker(worker, COUNT_RX_PACKETS),
      txPackets: counters.readWorker(worker, COUNT_TX_PACKETS),
      handedOverPackets: counters.readWorker(worker, COUNT_HANDED_OVER),
      turns: breaths,
      resting,
    }));
  }

  private adjacencies(): Row[] {
    const { adjacencies } = this.sources;
    const rows: Row[] = [];
    for (let index = 1; index < adjacencies.end; index++) {
      if (adjacencies.kind[index] !== KIND_NONE) rows.push(this.adjacency(index));
    }
    return rows;
  }

  private adjacency(index: number): Row {
    const { adjacencies, nowUs } = this.sources;
    const kind = adjacencies.kind[index];
    const isNeighbor = kind === KIND_NEIGHBOR || kind === KIND_HOST;
    const hasLink = isNeighbor || kind === KIND_CONNECTED;
    const sinceUs = adjacencies.stateSinceUs[index];
    return {
      index,
      kind: KIND_NAMES[kind],
      link: hasLink ? this.nameOf(adjacencies.link[index]) : '',
      address: isNeighbor ? formatIpv4(adjacencies.address[index]) : '',
      mac: isNeighbor ? formatMac(adjacencies.headerBytes, index * HEADER_ROW + HEADER_PADDING) : '',
      state: NEIGHBOR_STATE_NAMES[adjacencies.state[index]],
      usable: isUsable(adjacencies.action[index]),
      stateAgeSeconds: sinceUs === 0 ? 0 : Math.max(0, Math.floor((nowUs() - sinceUs) / 1e6)),
      packets: adjacencies.packetCount(index),
      sizeBytes: adjacencies.byteCount(index),
    };
  }

  private bfdSessions(): Row[] {
    const { bfd, bfdTable: table, bfdDeputy, nowUs } = this.sources;
    return bfd.live().map(([slot, { request, discriminator }]) => ({
      link: request.link,
      peer: formatIpv4(request.peer),
      local: formatIpv4(request.local),
      state: BFD_STATE_NAMES[table.state[slot]],
      stateAgeSeconds: Math.max(0, Math.floor((nowUs() - table.stateSinceUs[slot]) / 1e6)),
      diagnostic: bfdDiagnosticName(table.diagnostic[slot]),
      lost: table.lost[slot] === 1,
      remoteState: BFD_STATE_NAMES[table.remoteState[slot]],
      remoteDiagnostic: bfdDiagnosticName(table.remoteDiagnostic[slot]),
      minTxMs: request.minTxMs,
      minRxMs: request.minRxMs,
      multiplier: request.multiplier,
      remoteMinTxMs: table.remoteMinTxUs[slot] / 1000,
      remoteMinRxMs: table.remoteMinRxUs[slot] / 1000,
      remoteMultiplier: table.remoteMultiplier[slot],
      transmitIntervalMs: table.transmitIntervalUs[slot] / 1000,
      detectionTimeMs: table.detectionTimeUs[slot] / 1000,
      discriminator,
      remoteDiscriminator: table.remoteDiscriminator[slot],
      receivedPackets: table.received[slot],
      sentPackets: table.sent[slot],
      ups: table.ups[slot],
      standInPackets: bfdDeputy.sent[slot],
      latestStandInMs: bfdDeputy.latestUs[slot] / 1000,
      losses: table.losses[slot],
      latestSendMs: table.latestSendUs[slot] / 1000,
      longestSilenceMs: table.longestSilenceUs[slot] / 1000,
    }));
  }

  /** The route that a packet to `address` takes; undefined if there is none. */
  private fib(address: number): unknown {
    const entry = this.sources.fib.lookup(address);
    if (entry === undefined) return { address: formatIpv4(address), prefix: '', paths: [] };
    const { prefix, group, paths, repair, stale } = entry;
    return {
      address: formatIpv4(address),
      prefix: formatPrefix(prefix),
      group,
      stale,
      paths: paths.map((index) => this.adjacency(index)),
      repair: repair === 0 ? undefined : this.adjacency(repair),
    };
  }

  private nameOf(index: number): string {
    if (index === VIRTUAL_LINK) return this.sources.virtualLink()?.name ?? '';
    return this.sources.links.nameOf(index) ?? '';
  }

  private openLinks(): { index: number; name: string }[] {
    const links: { index: number; name: string }[] = [];
    for (let index = 0; index < MAX_LINKS; index++) {
      const name = this.nameOf(index);
      if (name !== '') links.push({ index, name });
    }
    return links;
  }
}

function connectionCounts(addresses: readonly number[]): (number | null)[] {
  try {
    const connections = readTcpConnections(addresses);
    return addresses.map((address) => connections.get(address)?.length ?? 0);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return addresses.map(() => null);
  }
}
