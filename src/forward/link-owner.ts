import { LasthopError } from '../base/errors.js';
import type { LinkMonitor } from '../kernel/link-monitor.js';
import type { KernelLink } from '../kernel/rtnetlink.js';
import { coalesceKindsOf } from './coalesce-kind.js';
import type { Commands } from './commands.js';
import type { Counters } from './counters.js';
import { chooseIo, type IoChoice } from './io-choice.js';
import { effectiveMtu, isSameState, stateOf } from './link-state.js';
import { type LinkIdentity, type LinkTable, MAX_LINKS, VIRTUAL_LINK } from './link-table.js';
import type { ForwarderEvent, LinkRequest, LinkState } from './messages.js';
import { OwnedLink } from './owned-link.js';
import type { XdpOwner } from './xdp-owner.js';

/** How long to wait before a link that was refused, or refused AF_XDP, is tried again: what stood in the way may be gone. */
const RETRY_MS = 1000;
/** The kernel frees a queue a moment after its AF_XDP socket was closed: how often to ask for it, and how long to wait. */
const QUEUE_TRIES = 20;
const QUEUE_WAIT_MS = 10;

interface Slot {
  readonly index: number;
  request: LinkRequest;
  /** Undefined while the link does not exist or cannot be used. */
  owned: OwnedLink | undefined;
  /** What it was taken over as until now, while it is being opened again: neither in use nor given back. */
  leaving: OwnedLink | undefined;
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
    const slot = {
      index,
      request,
      owned: undefined,
      leaving: undefined,
      refusal: '',
      identity: undefined,
      state: undefined,
    };
    this.slots.set(request.name, slot);
    return slot;
  }

  private remove(slot: Slot): void {
    if (slot.owned !== undefined) this.disown(slot, slot.owned);
    if (slot.leaving !== undefined) this.release(slot, slot.leaving);
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
    if (slot.leaving !== undefined) return;
    const { name } = slot.request;
    const kernel = this.options.monitor.link(name);
    if (slot.owned !== undefined && slot.owned.kernel.ifindex !== kernel?.ifindex) {
      this.disown(slot, slot.owned);
      this.options.onEvent(kernel === undefined ? 'link-vanished' : 'link-replaced', { link: name });
    } else if (kernel !== undefined && slot.owned?.isOutdated(slot.request.io, kernel)) {
      this.reopen(slot, slot.owned);
      return;
    }
    if (kernel === undefined) slot.refusal = '';
    else if (slot.owned === undefined) this.own(slot, kernel);
    else if (this.identify(slot, slot.owned, kernel)) this.options.commands.linkChanged(slot.index);
    // A link that was brought up just now is described as down by a notice that is out of date; the next one is on its way.
    if (slot.owned?.kernel !== kernel || kernel?.adminUp !== false) this.publish(slot, kernel);
  }

  /** @param choice where it was made before */
  private own(slot: Slot, kernel: KernelLink, choice?: IoChoice): void {
    const { xdp: xdpOwner, commands } = this.options;
    const { io } = slot.request;
    try {
      const owned = new OwnedLink(kernel, io, () => choice ?? chooseIo(kernel, io, xdpOwner), commands.workers);
      this.options.table.forgetRefusals(slot.index);
      this.identify(slot, owned, kernel);
      commands.openLink(slot.index, owned.descriptors);
      slot.owned = owned;
      slot.refusal = '';
      this.options.onEvent('link-opened', {
        link: kernel.name,
        ifindex: kernel.ifindex,
        mtu: kernel.mtu,
        ingressDrop: owned.dropMethod,
      });
      this.options.onEvent('link-io-chosen', { link: kernel.name, io: owned.io, ...owned.choice.detail });
      if (owned.choice.passing) this.retryLater();
    } catch (error) {
      choice?.xdp?.discard();
      this.refuse(slot, error);
    }
  }

  private refuse(slot: Slot, error: unknown): void {
    const reason = reasonFor(error);
    const hint = error instanceof LasthopError && error.hint !== undefined ? { hint: error.hint } : {};
    if (slot.refusal !== reason) this.options.onEvent('link-refused', { link: slot.request.name, reason, ...hint });
    slot.refusal = reason;
    this.retryLater();
  }

  private retryLater(): void {
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      for (const slot of this.slots.values()) {
        if (slot.refusal !== '') this.refresh(slot);
        else if (slot.owned?.choice.passing) this.retryXdp(slot, slot.owned);
      }
    }, RETRY_MS);
  }

  /** Goes on by AF_PACKET, without a word, as long as AF_XDP is refused. */
  private retryXdp(slot: Slot, owned: OwnedLink): void {
    const kernel = this.options.monitor.link(slot.request.name);
    if (kernel === undefined) return;
    const choice = chooseIo(kernel, slot.request.io, this.options.xdp);
    if (choice.xdp === undefined) {
      this.retryLater();
      return;
    }
    this.leave(slot, owned);
    this.takeAgain(slot, owned, kernel, choice);
  }

  /** Opens a link again that stays as it is. The workers are waited for, since a queue has one AF_XDP socket at a time. */
  private reopen(slot: Slot, owned: OwnedLink): void {
    this.leave(slot, owned);
    if (owned.io === 'packet') this.chooseAgain(slot, owned, 0);
    else this.options.commands.fence(() => this.chooseAgain(slot, owned, QUEUE_TRIES));
  }

  private chooseAgain(slot: Slot, owned: OwnedLink, triesLeft: number): void {
    if (slot.leaving !== owned) return;
    const { name, io } = slot.request;
    const kernel = this.options.monitor.link(name);
    if (kernel?.ifindex !== owned.kernel.ifindex) {
      this.release(slot, owned);
      this.refresh(slot);
      return;
    }
    const choice = chooseIo(kernel, io, this.options.xdp);
    if (choice.busy && triesLeft > 0) setTimeout(() => this.chooseAgain(slot, owned, triesLeft - 1), QUEUE_WAIT_MS);
    else this.takeAgain(slot, owned, kernel, choice);
  }

  private takeAgain(slot: Slot, owned: OwnedLink, kernel: KernelLink, choice: IoChoice): void {
    owned.handOver();
    slot.leaving = undefined;
    this.own(slot, owned.asFound(kernel), choice);
    this.publish(slot, kernel);
  }

  private disown(slot: Slot, owned: OwnedLink): void {
    this.leave(slot, owned);
    this.release(slot, owned);
  }

  private leave(slot: Slot, owned: OwnedLink): void {
    this.options.commands.closeLink(slot.index);
    slot.owned = undefined;
    slot.identity = undefined;
    slot.leaving = owned;
    owned.leave();
  }

  private release(slot: Slot, owned: OwnedLink): void {
    slot.leaving = undefined;
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
      // An AF_XDP ring has no word for what is to be cut.
      coalesce: owned.io === 'packet' ? coalesceKindsOf(slot.request.coalesce) : 0,
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
    const state = stateOf(slot.request, slot.refusal, kernel);
    if (slot.state !== undefined && isSameState(slot.state, state)) return;
    slot.state = state;
    this.options.onState(state);
  }
}

function reasonFor(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isSameIdentity(a: LinkIdentity, b: LinkIdentity): boolean {
  const wishesOf = ({ addresses, policy, coalesce }: LinkIdentity) => JSON.stringify([addresses, policy, coalesce]);
  return a.ifindex === b.ifindex && a.mtu === b.mtu && wishesOf(a) === wishesOf(b);
}
