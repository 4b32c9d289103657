import { formatIpv4 } from '../base/ipv4.js';
import type { Random } from '../base/random.js';
import type { LinkState, ToForwarder } from '../forward/messages.js';
import { OspfInstance } from '../ospf/instance.js';
import type { Journal } from '../ospf/journal.js';
import type {
  OspfBfdSession,
  OspfConfig,
  OspfInput,
  OspfInterfaceConfig,
  OspfOpaqueLsa,
  OspfOutput,
  OspfRoute,
} from '../ospf/messages.js';
import type { Clocks } from './clocks.js';
import type { EventDetail } from './event-log.js';
import { OspfPort } from './ospf-port.js';

/** Where the outputs of OSPF go. */
export interface OspfSink {
  /** Where all that goes in and comes out is written down, if it is. */
  readonly journal: Journal | undefined;
  send(message: ToForwarder): void;
  routes(routes: readonly OspfRoute[]): void;
  /** All BFD sessions that OSPF wants from now on. */
  bfdSessions(sessions: readonly OspfBfdSession[]): void;
  event(name: string, detail: EventDetail, nowMs: number): void;
  /** The LSDB is complete. */
  converged(): void;
  /** An opaque LSA of another router has changed; without a payload it is gone. */
  opaque(routerId: number, id: number, payload: Uint8Array | undefined, nowMs: number): void;
  /** What other routers say is not heard any more. */
  silent(): void;
}

/**
 * How long a link that is down at the start may take to come up before OSPF is told so: bringing a link up takes time, and
 * a router without links has nobody to wait for, and believes that its LSDB is complete.
 */
const LINK_GRACE_MS = 3000;

/** Runs one OSPF instance: tells it what changed, and passes on what it says. */
export class OspfDriver {
  private running: OspfInstance | undefined;
  private startedMs = 0;
  private readonly port = new OspfPort();
  private config: OspfConfig | undefined;
  /** What the instance was told last, as text to compare with: its configuration, and each interface's state. */
  private toldConfig = '';
  private toldOpaques: readonly OspfOpaqueLsa[] = [];
  private readonly toldInterfaces = new Map<string, string>();
  private resumes = false;
  /** A link that has not been up yet is given time. */
  private withholding = false;

  constructor(
    private readonly random: Random,
    private readonly clocks: Clocks,
    private readonly links: ReadonlyMap<string, LinkState>,
    private readonly sink: OspfSink,
  ) {}

  /** Undefined while OSPF does not run. */
  get instance(): OspfInstance | undefined {
    return this.running;
  }

  /** See `OspfInstance.hasToldHost`; true too while OSPF does not run. */
  hasTold(address: number, cost: number | undefined): boolean {
    return this.running?.hasToldHost(address, cost) ?? true;
  }

  /** The instance that starts next takes over from one whose process died: neighbors may still forward to this router. */
  resume(): void {
    this.resumes = true;
  }

  /** What OSPF is to do from now on, undefined for nothing; also to be called when a link has changed. */
  update(config: OspfConfig | undefined, nowMs: number): void {
    if (config === undefined) {
      this.end(nowMs);
      return;
    }
    if (this.running === undefined) {
      this.running = new OspfInstance(this.random, this.clocks.stopwatchMs);
      this.startedMs = nowMs;
    }
    const text = JSON.stringify(config);
    this.config = config;
    if (text !== this.toldConfig) {
      this.toldConfig = text;
      const wallClockMs = this.clocks.calendarMs(nowMs);
      this.drive({ kind: 'configure', config, resumes: this.resumes, wallClockMs }, nowMs);
    }
    this.tellInterfaces(config, nowMs);
  }

  /** All opaque LSAs that this router is to have. */
  say(lsas: readonly OspfOpaqueLsa[], nowMs: number): void {
    if (this.running === undefined || lsas === this.toldOpaques) return;
    this.toldOpaques = lsas;
    this.drive({ kind: 'opaque-lsas', lsas }, nowMs);
  }

  /** An IPv4 packet that came in by `link` at `arrivedMs`; what is not OSPF is ignored. */
  packet(link: string, packet: Uint8Array, arrivedMs: number, nowMs: number): void {
    const input = this.port.incoming(link, packet);
    if (input !== undefined) this.drive({ ...input, arrivedMs }, nowMs);
  }

  /** BFD has lost a neighbor that was there. */
  neighborLost(link: string, address: number, nowMs: number): void {
    this.drive({ kind: 'bfd-down', interface: link, address }, nowMs);
  }

  timeout(nowMs: number): void {
    if (this.config !== undefined && this.withholding) this.tellInterfaces(this.config, nowMs);
    this.drive({ kind: 'timeout' }, nowMs);
  }

  nextTimeoutMs(): number | undefined {
    const next = this.running?.nextTimeoutMs();
    if (!this.withholding) return next;
    return Math.min(next ?? Number.POSITIVE_INFINITY, this.startedMs + LINK_GRACE_MS);
  }

  /** Says goodbye to all neighbors and forgets everything. */
  end(nowMs: number): void {
    if (this.running === undefined) return;
    this.drive({ kind: 'stop' }, nowMs);
    this.running = undefined;
    this.resumes = false;
    this.config = undefined;
    this.withholding = false;
    this.toldConfig = '';
    this.toldOpaques = [];
    this.toldInterfaces.clear();
    this.sink.silent();
  }

  private tellInterfaces(config: OspfConfig, nowMs: number): void {
    for (const name of this.toldInterfaces.keys()) {
      if (!interfacesOf(config).some((item) => item.name === name)) this.toldInterfaces.delete(name);
    }
    this.withholding = false;
    for (const { name } of interfacesOf(config)) {
      const state = this.links.get(name);
      if (state !== undefined) this.tellInterface(state, nowMs);
    }
  }

  private tellInterface({ name, up, mtu, ifindex }: LinkState, nowMs: number): void {
    const told = this.toldInterfaces.get(name);
    if (!up && told === undefined && nowMs < this.startedMs + LINK_GRACE_MS) {
      this.withholding = true;
      return;
    }
    const input: OspfInput = { kind: 'interface', name, up, mtu, ifindex };
    const text = JSON.stringify(input);
    if (text === told) return;
    this.toldInterfaces.set(name, text);
    this.drive(input, nowMs);
  }

  private drive(input: OspfInput, nowMs: number): void {
    if (this.running === undefined) return;
    this.sink.journal?.input(input, nowMs);
    for (const output of this.running.handle(input, nowMs)) {
      this.sink.journal?.output(output, nowMs);
      this.take(output, nowMs);
    }
  }

  private take(output: OspfOutput, nowMs: number): void {
    switch (output.kind) {
      case 'send': {
        const source = this.addressOf(output.interface);
        if (source === undefined) return;
        this.sink.send(this.port.outgoing(output.interface, source, output.destination, output.payload));
        break;
      }
      case 'routes':
        this.sink.routes(output.routes);
        break;
      case 'neighbor': {
        const { interface: link, from, to, reason } = output;
        const detail = {
          link,
          routerId: formatIpv4(output.routerId),
          address: formatIpv4(output.address),
          from,
          to,
          reason,
        };
        this.sink.event('neighbor-state', detail, nowMs);
        break;
      }
      case 'converged':
        this.sink.event('ospf-converged', {}, nowMs);
        this.sink.converged();
        break;
      case 'opaque-lsa':
        this.sink.opaque(output.advertisingRouter, output.id, output.payload, nowMs);
        break;
      case 'bfd-sessions':
        this.sink.bfdSessions(output.sessions);
        break;
      case 'event':
        this.sink.event(output.name, namedByLink(output.detail), nowMs);
        break;
    }
  }

  private addressOf(link: string): number | undefined {
    if (this.config === undefined) return undefined;
    return interfacesOf(this.config).find(({ name }) => name === link)?.address.address;
  }
}

/** OSPF names the interface; people look for the link below it, as in all other events. */
function namedByLink({ interface: link, ...rest }: EventDetail): EventDetail {
  return link === undefined ? rest : { link, ...rest };
}

function interfacesOf(config: OspfConfig): OspfInterfaceConfig[] {
  return config.areas.flatMap(({ interfaces }) => interfaces);
}
