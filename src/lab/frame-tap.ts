import { LasthopError } from '../base/errors.js';

/** The largest frame with its Ethernet header: a GSO super-packet. */
const FRAME_BYTES = 65_550;
/** libpcap's own ring: what may wait while this process is busy. */
const RING_BYTES = 16 << 20;

/** A packet tap on a link by libpcap, which has nothing in common with lasthop's links: an independent witness. */
export interface FrameTap {
  /** libpcap's name of the link type. */
  readonly linkType: string;
  close(): void;
}

/**
 * Calls `onFrame` for every frame that passes a link of this network namespace, in or out, and matches the filter
 * (`pcap-filter(7)`, empty for all). The bytes are valid only during the call.
 */
export async function openFrameTap(
  device: string,
  filter: string,
  onFrame: (frame: Uint8Array) => void,
): Promise<FrameTap> {
  const tap = new (await loadCap()).Cap();
  const frame = Buffer.alloc(FRAME_BYTES);
  try {
    const linkType = tap.open(device, filter, RING_BYTES, frame);
    tap.on('packet', (length) => onFrame(frame.subarray(0, length)));
    return { linkType, close: () => tap.close() };
  } catch (error) {
    throw new LasthopError('CAPTURE', `cannot capture on ${device}: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

async function loadCap(): Promise<typeof import('cap').default> {
  try {
    return (await import('cap')).default;
  } catch (error) {
    const hint = 'apt-get install libpcap-dev, then npm install';
    throw new LasthopError('CAPTURE', 'captures need the package cap, which is not installed', hint, { cause: error });
  }
}
