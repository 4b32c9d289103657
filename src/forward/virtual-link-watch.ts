import type { LinkMonitor } from '../kernel/link-monitor.js';
import type { ForwarderEvent } from './messages.js';
import type { VirtualLink } from './virtual-link.js';

/** Waits before the second and each further attempt to make the virtual link whole; after the last one it is given up. */
const RETRY_DELAYS_MS = [1000, 2000, 4000] as const;

export interface VirtualLinkWatchOptions {
  readonly link: VirtualLink;
  readonly monitor: Pick<LinkMonitor, 'link'>;
  readonly onEvent: (name: string, detail: ForwarderEvent['detail']) => void;
  /** The virtual link cannot be had again. */
  readonly onFailure: (error: Error) => void;
}

/**
 * Makes the virtual link whole again when somebody has removed it or set it down, by which the kernel loses the routes
 * on it.
 */
export class VirtualLinkWatch {
  private readonly options: VirtualLinkWatchOptions;
  /** The device that was seen up; the first notices of a new one are from before it was configured. */
  private upIfindex = 0;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: VirtualLinkWatchOptions) {
    this.options = options;
  }

  /** The kernel's link of this name has appeared, changed or vanished. */
  kernelChanged(): void {
    const { link, monitor, onEvent } = this.options;
    const kernel = monitor.link(link.name);
    if (kernel?.ifindex === link.ifindex && kernel.adminUp) {
      this.upIfindex = kernel.ifindex;
      return;
    }
    // A device that is removed is set down first; the kernel knows by now which of the two it is.
    const { isGone } = link;
    const isTrying = this.failures > 0;
    if (isTrying || (!isGone && link.ifindex !== this.upIfindex)) return;
    this.upIfindex = 0;
    onEvent(isGone ? 'virtual-link-vanished' : 'virtual-link-down', { link: link.name });
    this.restore();
  }

  close(): void {
    clearTimeout(this.retry);
  }

  private restore(): void {
    const { link, onEvent } = this.options;
    try {
      link.restore();
    } catch (error) {
      this.failed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.failures = 0;
    onEvent('virtual-link-restored', { link: link.name });
  }

  private failed(error: Error): void {
    const delayMs = RETRY_DELAYS_MS[this.failures++];
    if (delayMs === undefined) this.options.onFailure(error);
    else this.retry = setTimeout(() => this.restore(), delayMs);
  }
}
