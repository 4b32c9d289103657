import {
  IPV4_OPTIONS,
  ipv4HeaderLength,
  ipv4OptionLength,
  OPTION_END,
  OPTION_LOOSE_SOURCE_ROUTE,
  OPTION_STRICT_SOURCE_ROUTE,
} from '../wire/ipv4.js';
import { DROP_BAD_OPTIONS, DROP_SOURCE_ROUTE } from './drop-reason.js';

/** Result of `checkOptions` for options that may pass. */
export const OPTIONS_PASS = -1;

/**
 * Walks the options of the packet at `offset`, whose header lies inside it: `OPTIONS_PASS` or a drop reason. Source
 * routes are refused (RFC 7126 section 4.3); every other option, also one that is not known, passes unchanged
 * (RFC 1812 section 5.3.13.1). Record Route and Timestamp are not filled in: they tell strangers the way through the
 * network (RFC 7126 sections 4.5 and 4.6), and a traceroute asks the same in the open.
 */
export function checkOptions(bytes: Uint8Array, offset: number): number {
  const end = offset + ipv4HeaderLength(bytes, offset);
  for (let at = offset + IPV4_OPTIONS; at < end; ) {
    const type = bytes[at];
    if (type === OPTION_END) break;
    if (type === OPTION_LOOSE_SOURCE_ROUTE || type === OPTION_STRICT_SOURCE_ROUTE) return DROP_SOURCE_ROUTE;
    const length = ipv4OptionLength(bytes, at, end);
    if (length === 0) return DROP_BAD_OPTIONS;
    at += length;
  }
  return OPTIONS_PASS;
}
