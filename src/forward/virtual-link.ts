import { LasthopError } from '../base/errors.js';
import type { Ipv4 } from '../base/ipv4.js';
import { native } from '../kernel/binding.js';
import { openTun, type Tun } from '../kernel/tun.js';
import { configureTun, wayOut } from '../kernel/tun-settings.js';
import { COALESCE_UDP, coalesceKindsOf } from './coalesce-kind.js';
import type { Commands } from './commands.js';
import { type LinkTable, VIRTUAL_LINK } from './link-table.js';
import { NO_FD } from './mailbox.js';
import type { ToForwarder } from './messages.js';

/** The desired state of the virtual link. Its first address is the router's own. */
export type VirtualLinkRequest = Omit<Extract<ToForwarder, { type: 'virtual-link' }>, 'type'>;

/**
 * The kernel prefers any other default route. Where all NICs are the router's there is none; where one is not, for
 * management, whoever has logged in by it must not be cut off because a router is started.
 */
const DEFAULT_ROUTE_PRIORITY = 1_000_000;
/** A TUN device without a request carries nothing yet. */
const INITIAL_MTU = 1500;

const NO_MAC = new Uint8Array(6);

/**
 * The TUN device, behind which the host's own kernel lives with the router's addresses, the VIPs and its default route.
 * It is not persistent: when the process ends in whatever way, the device and all that is on it vanish.
 */
export class VirtualLink {
  private readonly table: LinkTable;
  private readonly commands: Commands;
  private tun: Tun;
  private request: VirtualLinkRequest | undefined;
  /** Addresses of an earlier controller that the present one may still ask for. */
  private former: readonly Ipv4[] = [];

  /** Makes the device `name`; throws an error for people if that is not possible. */
  constructor(name: string, table: LinkTable, commands: Commands) {
    this.table = table;
    this.commands = commands;
    this.tun = this.open(name);
  }

  get name(): string {
    return this.tun.name;
  }

  get ifindex(): number {
    return this.tun.ifindex;
  }

  /** True if the device was removed or renamed. */
  get isGone(): boolean {
    return native.interfaceIndex(this.tun.name) !== this.tun.ifindex;
  }

  get mtu(): number {
    return this.request?.mtu ?? INITIAL_MTU;
  }

  /** What the controller asked for; the addresses that were kept for it are not among them. */
  get addresses(): readonly Ipv4[] {
    return this.request?.addresses ?? [];
  }

  /** Makes the device as requested; throws an error for people, and keeps the former request, if the kernel refuses. */
  configure(request: VirtualLinkRequest): void {
    if (request.name !== this.tun.name) throw renamed(this.tun.name, request.name);
    this.apply(request);
    this.request = request;
  }

  /** The kernel's link by which the host's own packets leave, those of VIPs for example; 0 if there is none. */
  wayOut(): number {
    const [source] = this.addresses;
    return source === undefined ? 0 : wayOut(source);
  }

  /** Another controller takes over: what it does not ask for stays until `dropFormer`. */
  keepFormer(): void {
    this.former = [...new Set([...this.former, ...this.addresses])];
  }

  dropFormer(): void {
    if (this.former.length === 0) return;
    this.former = [];
    if (this.request !== undefined) this.apply(this.request);
  }

  /** Somebody has removed the device or set it down: makes it as requested, anew if it is gone; throws as `configure`. */
  restore(): void {
    try {
      this.makeWhole();
    } catch (error) {
      // A device that is being removed is there, and down, until the kernel lets others have their turn.
      if (!this.isGone) throw error;
      this.makeWhole();
    }
  }

  /** Has the worker close the device, which ends it. */
  close(): void {
    this.commands.closeLink(VIRTUAL_LINK);
  }

  private open(name: string): Tun {
    const tun = openTun(name, this.commands.workers);
    this.table.forgetRefusals(VIRTUAL_LINK);
    this.identify(tun, this.request);
    const { ifindex, fd, furtherFds } = tun;
    const queue = { kind: 'tun', name: tun.name, ifindex, controlFd: NO_FD } as const;
    const queues = [fd, ...furtherFds].map((each) => ({ ...queue, fd: each }));
    this.commands.openLink(VIRTUAL_LINK, queues);
    return tun;
  }

  private makeWhole(): void {
    if (this.isGone) this.tun = this.open(this.tun.name);
    if (this.request !== undefined) this.apply(this.request);
  }

  private apply(request: VirtualLinkRequest): void {
    const addresses = [...new Set([...request.addresses, ...this.former])];
    const [own = 0] = request.addresses;
    const { source = own } = request;
    const defaultRoute = addresses.length === 0 ? undefined : { priority: DEFAULT_ROUTE_PRIORITY, source };
    configureTun(this.tun.ifindex, { mtu: request.mtu, addresses, defaultRoute });
    this.identify(this.tun, request);
    this.commands.linkChanged(VIRTUAL_LINK);
  }

  private identify({ ifindex, udpSegmentation }: Tun, request: VirtualLinkRequest | undefined): void {
    const own = (request?.addresses ?? []).slice(0, 1);
    this.table.define(VIRTUAL_LINK, {
      ifindex,
      mtu: request?.mtu ?? INITIAL_MTU,
      ethernet: false,
      offload: true,
      mac: NO_MAC,
      coalesce: coalesceKindsOf(request?.coalesce ?? 'none') & (udpSegmentation ? ~0 : ~COALESCE_UDP),
      addresses: own.map((address) => ({ address, prefixLength: 32 })),
    });
  }
}

function renamed(from: string, to: string): LasthopError {
  const message = `virtual link ${from}: it cannot become ${to} while sockets of this host may be bound to it`;
  return new LasthopError('VIRTUAL_LINK_RENAMED', message, 'stop and start the router');
}
