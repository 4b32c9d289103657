import { parseIpv4 } from '../base/ipv4.js';
import { formatPrefix, lengthOfMask } from '../base/prefix.js';
import type { Row } from './table.js';

/**
 * The rows of the table of LSAs: in one row what tells instances apart, and what the LSA says, one thing a row: the
 * further rows have nothing but `says`.
 */
export function lsdbRows(result: unknown): Row[] {
  return rowsIn(result).flatMap((lsa) => {
    const [first = '-', ...further] = sayings(lsa);
    const scope = lsa.area === null ? 'AS' : (lsa.link ?? lsa.area);
    return [{ ...lsa, scope, kind: nameOf(lsa), says: first }, ...further.map((says) => ({ says }))];
  });
}

/** Types that differ only in who they are for have one kind (RFC 2328 appendix A.4, RFC 3101, RFC 5250). */
function nameOf({ type, kind }: Row): unknown {
  if (type === 4) return 'asbr-summary';
  return type === 7 ? 'nssa-external' : kind;
}

/** What is told in opaque LSAs, by the first octet of their link state ID (IANA, "OSPF Opaque LSA Option Types"). */
const OPAQUE_TYPES: { readonly [type: string]: string } = {
  1: 'traffic engineering',
  3: 'graceful restart',
  4: 'router information',
  7: 'extended prefixes',
  8: 'extended links',
};

function sayings(lsa: Row): string[] {
  switch (lsa.kind) {
    case 'router':
      return [...roleOf(lsa), ...rowsIn(lsa.links).map(describeLink)];
    case 'network':
      return [`${prefixOf(lsa.id, lsa.mask)}, routers ${listOf(lsa.attachedRouters)}`];
    case 'summary':
      return [`${lsa.type === 4 ? lsa.id : prefixOf(lsa.id, lsa.mask)}, cost ${lsa.metric}`];
    case 'external':
      return [describeExternal(lsa)];
    case 'opaque':
      return [describeOpaque(lsa)];
    default:
      return [];
  }
}

function describeLink({ type, id, data, metric }: Row): string {
  const target = type === 'stub' ? prefixOf(id, data) : `${id} from ${data}`;
  return `${type} ${target}, cost ${metric}`;
}

function describeExternal({ id, mask, metric, metricType, forwardingAddress, tag }: Row): string {
  const by = forwardingAddress === '0.0.0.0' ? '' : `, by way of ${forwardingAddress}`;
  return `${prefixOf(id, mask)}, cost ${metric} of type ${metricType}${by}${tag === 0 ? '' : `, tag ${tag}`}`;
}

function describeOpaque({ id, dataBytes }: Row): string {
  const [type = ''] = String(id).split('.');
  const name = OPAQUE_TYPES[type];
  return `opaque type ${type}${name === undefined ? '' : ` (${name})`}, ${dataBytes} bytes`;
}

function roleOf({ areaBorder, asBoundary }: Row): string[] {
  const roles = [...(areaBorder === true ? ['area border'] : []), ...(asBoundary === true ? ['AS boundary'] : [])];
  return roles.length === 0 ? [] : [`${roles.join(' and ')} router`];
}

/** Host bits of a link state ID are not the prefix's (RFC 2328 appendix E). A mask with holes is shown as it is. */
function prefixOf(id: unknown, mask: unknown): string {
  const [address, bits] = [parseIpv4(String(id)), parseIpv4(String(mask))];
  const length = bits === undefined ? undefined : lengthOfMask(bits);
  if (address === undefined || bits === undefined || length === undefined) return `${id}/${mask}`;
  return formatPrefix({ address: (address & bits) >>> 0, length });
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.join(' ') : '-';
}

function rowsIn(value: unknown): Row[] {
  return Array.isArray(value) ? value : [];
}
