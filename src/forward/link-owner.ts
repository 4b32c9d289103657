import { LasthopError } from '../base/errors.js';
import { formatMac } from '../base/mac.js';
import type { LinkMonitor } from '../kernel/link-monitor.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import type { Commands } from './commands.js';
import type { Counters } from './counters.js';
import { type LinkIdentity, type LinkTable, MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { ForwarderEvent, LinkRequest, LinkState } from './messages.js';
import { OwnedLink } from './owned-link.js';
import type { XdpOwner } from './xdp-owner.js';

/** The largest IPv4 packet; a loopback-like device may say more. */
const MAX_MTU = 65_535;
/** How long to wait before a link that was refused is tried again: what stood in the way may be gone. */
const RETRY_MS = 1000;

interface Slot {
  readonly index: number;
  request: LinkRequest;
  /** Undefined while the link does not exist or cannot be used. */
  owned: OwnedLink | undefined;
  /** Why it could not be taken over although it exists; empty if nothing was in the way. */
  refusal: string;
  /** What the plane was told that the link is. */
  identity: LinkIdentity | undefined;
  state: LinkState | undefined;
}

export interface LinkOwnerOptions {
  readonly monitor: Pick<LinkMonitor, 'link'>;
  readonly table: LinkTable;
  readonly counters: Counters;
  readonly commands: Commands;
  readonly xdp: XdpOwner;
  /** True while an adjacency of a route leads over the link with this index. */
  readonly isRouted: (link: number) => boolean;
  readonly onState: (state: LinkState) => void;
  readonly onEvent: (name: string, detail: ForwarderEvent['detail']) => void;
}

/**
 * The physical links that the controller wants. That a link does not exist yet, vanishes or comes back is nothing
 * special: it is taken over whenever it is there, and keeps its index in the plane all the time.
 */
export class LinkOwner {
  private readonly options: LinkOwnerOptions;
  private readonly slots = new Map<string, Slot>();
  /** The link that has or last had each index; an index goes to another link only when no route leads over it. */
  private readonly names: (string | undefined)[] = new Array(MAX_LINKS).fill(undefined);
  private retry: NodeJS.Timeout | undefined;

  constructor(options: LinkOwnerOptions) {
    this.options = options;
  }

  /** The complete set of wanted links: takes over what is new and gives back what is missing. */
  want(requests: readonly LinkRequest[]): void {
    const wanted = new Set(requests.map(({ name }) => name));
    for (const slot of [...this.slots.values()]) if (!wanted.has(slot.request.name)) this.remove(slot);
    for (const request of requests) {
      const slot = this.slots.get(request.name) ?? this.add(request);
      if (slot === undefined) continue;
      slot.request = request;
      this.refresh(slot);
    }
  }

  /** The kernel's link of this name has appeared, changed or vanished. */
  kernelChanged(name: string): void {
    const slot = this.slots.get(name);
    if (slot !== undefined) this.refresh(slot);
  }

  states(): LinkState[] {
    return [...this.slots.values()].flatMap(({ state }) => state ?? []);
  }

  indexOf(name: string): number | undefined {
    return this.slots.get(name)?.index;
  }

  nameOf(index: number): string | undefined {
    return this.names[index];
  }

  /** The link as it was taken over; undefined while it is not ours. */
  ownedLink(name: string): OwnedLink | undefined {
    return this.slots.get(name)?.owned;
  }

  /** Gives all links back. The worker is told and closes the sockets. */
  close(): void {
    for (const slot of [...this.slots.values()]) this.remove(slot);
    clearTimeout(this.retry);
  }

  private add(request: LinkRequest): Slot | undefined {
    const index = this.takeIndex(request.name);
    if (index === undefined) {
      this.options.onEvent('link-refused', { link: request.name, reason: `more than ${MAX_LINKS - 1} links` });
      return undefined;
    }
    const slot = { index, request, owned: undefined, refusal: '', identity: undefined, state: undefined };
    this.slots.set(request.name, slot);
    return slot;
  }

  private remove(slot: Slot): void {
    if (slot.owned !== undefined) this.disown(slot, slot.owned);
    this.slots.delete(slot.request.name);
  }

  private takeIndex(name: string): number | undefined {
    const { names } = this;
    const isFree = (index: number) => index !== VIRTUAL_LINK && !this.slots.has(names[index] ?? '');
    const indices = [...names.keys()].filter(isFree);
    const index =
      indices.find((candidate) => names[candidate] === name) ??
      indices.find((candidate) => names[candidate] === undefined) ??
      indices.find((candidate) => !this.options.isRouted(candidate));
    if (index === undefined) return undefined;
    if (names[index] !== name) this.options.counters.clear(index);
    names[index] = name;
    return index;
  }

  /** Makes of a link what the request and the kernel's state allow. */
  private refresh(slot: Slot): void {
    const { name } = slot.request;
    const kernel = this.options.monitor.link(name);
    if (slot.owned !== undefined && !isSameDevice(slot.owned.kernel, kernel)) {
      this.disown(slot, slot.owned);
      this.options.onEvent(kernel === undefined ? 'link-vanished' : 'link-replaced', { link: name });
    } else if (kernel !== undefined && slot.owned?.isOutdated(slot.request.io, kernel)) {
      const found = slot.owned.asFound(kernel);
      this.disown(slot, slot.owned);
      this.own(slot, found);
      this.publish(slot, kernel);
      return;
    }
    if (kernel === undefined) slot.refusal = '';
    else if (slot.owned === undefined) this.own(slot, kernel);
    else if (this.identify(slot, slot.owned, kernel)) this.options.commands.linkChanged(slot.index);
    // A link that was brought up just now is described as down by a notice that is out of date; the next one is on its way.
    if (slot.owned?.kernel !== kernel || kernel?.adminUp !== false) this.publish(slot, kernel);
  }

  private own(slot: Slot, kernel: KernelLink): void {
    try {
      const owned = new OwnedLink(kernel, slot.request.io, this.options.xdp, this.options.commands.workers);
      this.identify(slot, owned, kernel);
      this.options.commands.openLink(slot.index, owned.descriptors);
      slot.owned = owned;
      slot.refusal = '';
      this.options.onEvent('link-opened', {
        link: kernel.name,
        ifindex: kernel.ifindex,
        mtu: kernel.mtu,
        ingressDrop: owned.dropMethod,
      });
      this.options.onEvent('link-io-chosen', { link: kernel.name, io: owned.io, ...owned.ioReason });
    } catch (error) {
      this.refuse(slot, error);
    }
  }

  private refuse(slot: Slot, error: unknown): void {
    const reason = reasonFor(error);
    const hint = error instanceof LasthopError && error.hint !== undefined ? { hint: error.hint } : {};
    if (slot.refusal !== reason) this.options.onEvent('link-refused', { link: slot.request.name, reason, ...hint });
    slot.refusal = reason;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      for (const each of this.slots.values()) if (each.refusal !== '') this.refresh(each);
    }, RETRY_MS);
  }

  private disown(slot: Slot, owned: OwnedLink): void {
    this.options.commands.closeLink(slot.index);
    slot.owned = undefined;
    slot.identity = undefined;
    try {
      owned.release();
    } catch (error) {
      this.options.onEvent('link-not-restored', { link: slot.request.name, reason: reasonFor(error) });
    }
  }

  /** Writes what the link is to the table; false if the table says so already. */
  private identify(slot: Slot, owned: OwnedLink, kernel: KernelLink): boolean {
    const identity: LinkIdentity = {
      ifindex: kernel.ifindex,
      mtu: effectiveMtu(slot.request, kernel),
      ethernet: true,
      offload: owned.io === 'packet',
      mac: kernel.mac,
      addresses: slot.request.addresses,
      policy: slot.request.policy,
    };
    if (slot.identity !== undefined && isSameIdentity(slot.identity, identity)) return false;
    slot.identity = identity;
    this.options.table.define(slot.index, identity);
    return true;
  }

  private publish(slot: Slot, kernel: KernelLink | undefined): void {
    const state = stateOf(slot, kernel);
    if (slot.state !== undefined && isSameState(slot.state, state)) return;
    slot.state = state;
    this.options.onState(state);
  }
}

function stateOf(slot: Slot, kernel: KernelLink | undefined): LinkState {
  const { name } = slot.request;
  if (kernel === undefined) {
    return {
      type: 'link',
      name,
      present: false,
      up: false,
      ifindex: 0,
      mtu: 0,
      mac: '',
      reason: 'there is no such link',
    };
  }
  const reason = reasonOf(slot, kernel);
  const mac = kernel.mac.length === 0 ? '' : formatMac(kernel.mac);
  const { ifindex } = kernel;
  return {
    type: 'link',
    name,
    present: true,
    up: reason === '',
    ifindex,
    mtu: effectiveMtu(slot.request, kernel),
    mac,
    reason,
  };
}

function reasonOf(slot: Slot, kernel: KernelLink): string {
  if (slot.refusal !== '') return slot.refusal;
  if (!kernel.adminUp) return 'administratively down';
  return kernel.carrier ? '' : 'no carrier';
}

function reasonFor(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The NIC's own MTU is left alone, and is the limit. */
function effectiveMtu(request: LinkRequest, kernel: KernelLink): number {
  return Math.min(request.mtu ?? kernel.mtu, kernel.mtu, MAX_MTU);
}

/** False if the device was replaced, or got another MAC address: what was opened on it does not fit any more. */
function isSameDevice(owned: KernelLink, now: KernelLink | undefined): boolean {
  return now !== undefined && now.ifindex === owned.ifindex && Buffer.compare(now.mac, owned.mac) === 0;
}

function isSameIdentity(a: LinkIdentity, b: LinkIdentity): boolean {
  const wishesOf = ({ addresses, policy }: LinkIdentity) => JSON.stringify([addresses, policy]);
  return a.ifindex === b.ifindex && a.mtu === b.mtu && wishesOf(a) === wishesOf(b);
}

function isSameState(a: LinkState, b: LinkState): boolean {
  return a.up === b.up && a.ifindex === b.ifindex && a.mtu === b.mtu && a.mac === b.mac && a.reason === b.reason;
}
