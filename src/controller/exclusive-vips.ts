import type { Ipv4 } from '../base/ipv4.js';
import { formatIpv4 } from '../base/ipv4.js';
import type { Config } from '../config/config.js';
import { Ownership, type StoreReply, type StoreRequest } from '../vip/ownership.js';

/** Beats in the time for which one is good: a few may be lost. */
const BEATS = 4;

/** What is known of an exclusive VIP. */
export interface OwnershipView {
  /** Router ID of the owner by the last account of the store; undefined: nobody. */
  readonly owner: string | undefined;
  /** Undefined: it is not owned here. */
  readonly epoch: number | undefined;
}

/** The exclusive VIPs of a configuration, and this router's part in who owns them. */
export class ExclusiveVips {
  private ownership: Ownership | undefined;
  private policy = '';
  private addresses: ReadonlySet<Ipv4> = new Set();
  private leased: ReadonlySet<Ipv4> = new Set();
  /** Why the store cannot be reached; undefined while it can. */
  private failure: string | undefined;

  /**
   * @param life another text for each controller
   * @param changed is told when the store is lost and when it is there again
   */
  constructor(
    private readonly life: string,
    private readonly changed: (failure: string | undefined, nowMs: number) => void,
  ) {}

  /** `fit`: whether this router is to serve the VIP of an address. */
  configure({ routerId, etcd, vips }: Config, fit: (address: Ipv4) => boolean): void {
    const exclusive = vips.filter(({ mode }) => mode === 'exclusive');
    this.addresses = new Set(exclusive.map(({ address }) => address));
    this.leased = new Set(exclusive.filter(({ leaseLoss }) => leaseLoss === 'drop').map(({ address }) => address));
    if (etcd === undefined || (exclusive.length === 0 && this.ownership === undefined)) {
      this.ownership = undefined;
      return;
    }
    const { validityMs: validMs } = etcd;
    const policy = { server: formatIpv4(routerId), life: this.life, validMs, beatMs: validMs / BEATS };
    const text = JSON.stringify(policy);
    if (this.ownership === undefined || text !== this.policy) this.ownership = new Ownership(policy);
    this.policy = text;
    this.ownership.configure(
      exclusive.map(({ address, rank, leaseLoss }) => ({ address, rank, leaseLoss, fit: fit(address) })),
    );
  }

  /** True for a VIP that is not exclusive. */
  isOwned(address: Ipv4, nowMs: number): boolean {
    return !this.addresses.has(address) || this.ownership?.epoch(address, nowMs) !== undefined;
  }

  isExclusive(address: Ipv4): boolean {
    return this.addresses.has(address);
  }

  /** It is to be served no longer than `leaseUntilMs`, whatever happens to this process. */
  isLeased(address: Ipv4): boolean {
    return this.leased.has(address);
  }

  get isUsed(): boolean {
    return this.ownership !== undefined;
  }

  view(address: Ipv4, nowMs: number): OwnershipView {
    return { owner: this.ownership?.ownerOf(address), epoch: this.ownership?.epoch(address, nowMs) };
  }

  /** Until when what is owned with `lease-loss: drop` may be served; -Infinity: not at all. */
  get leaseUntilMs(): number {
    return this.ownership?.deadlineMs ?? -Infinity;
  }

  nextTimeoutMs(): number | undefined {
    const next = this.ownership?.nextTimeoutMs() ?? Infinity;
    return next === Infinity ? undefined : next;
  }

  /** To be called at `nextTimeoutMs`. */
  expire(nowMs: number): void {
    this.ownership?.expire(nowMs);
  }

  /** What the store is to be asked now; one request at a time, until `take`. */
  next(nowMs: number): StoreRequest | undefined {
    return this.ownership?.next(nowMs);
  }

  /** Takes the reply to what was asked at `sentMs`, or why there is none. */
  take(reply: StoreReply | string, sentMs: number, nowMs: number): void {
    const failure = typeof reply === 'string' ? reply : undefined;
    this.ownership?.take(typeof reply === 'string' ? undefined : reply, sentMs, nowMs);
    if ((failure === undefined) !== (this.failure === undefined)) this.changed(failure, nowMs);
    this.failure = failure;
  }
}
