import { readFileSync } from 'node:fs';
import type { EtcdSettings } from '../config/config.js';
import type { StoreReply, StoreRequest } from '../vip/ownership.js';
import { EtcdClient } from './etcd-client.js';
import { EtcdStore } from './etcd-store.js';

/** Of the validity: later an answer is of no use. */
const DEADLINE_PART = 0.5;

/** Carries requests to the store, one at a time. */
export class StoreRunner {
  private client: EtcdClient | undefined;
  private store: EtcdStore | undefined;
  private settings: EtcdSettings | undefined;

  /** @param take gets the reply or why there is none, and when the request was sent */
  constructor(
    private readonly nowMs: () => number,
    private readonly take: (reply: StoreReply | string, sentMs: number) => void,
  ) {}

  async run(settings: EtcdSettings, request: StoreRequest): Promise<void> {
    const sentMs = this.nowMs();
    try {
      const store = this.storeOf(settings);
      const signal = AbortSignal.timeout(settings.validityMs * DEADLINE_PART);
      this.take(await store.perform(request, signal), sentMs);
    } catch (error) {
      this.take(error instanceof Error ? error.message : String(error), sentMs);
    }
  }

  /** Files are read when the settings are new. */
  private storeOf(settings: EtcdSettings): EtcdStore {
    if (this.store !== undefined && this.settings === settings) return this.store;
    this.client?.close();
    this.store = undefined;
    const { endpoints, ca, cert, key, user, passwordFile } = settings;
    const password = read(passwordFile)?.trimEnd() ?? '';
    const name = user === undefined ? undefined : { name: user, password };
    this.client = new EtcdClient({ endpoints, ca: read(ca), cert: read(cert), key: read(key), user: name });
    this.store = new EtcdStore(this.client);
    this.settings = settings;
    return this.store;
  }
}

function read(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}
