import { parseIpv4 } from '../base/ipv4.js';
import { lengthOfMask } from '../base/prefix.js';
import type { Row } from './table.js';

/**
 * The rows of the table of LSAs: in one row what tells instances apart, and what the LSA says, one thing a row: the
 * further rows have nothing but `says`.
 */
export function lsdbRows(result: unknown): Row[] {
  return rowsIn(result).flatMap((lsa) => {
    const [first = '-', ...further] = sayings(lsa);
    return [{ ...lsa, says: first }, ...further.map((says) => ({ says }))];
  });
}

function sayings(lsa: Row): string[] {
  switch (lsa.kind) {
    case 'router':
      return rowsIn(lsa.links).map(describeLink);
    case 'network':
      return [`${prefixOf(lsa.id, lsa.mask)}, routers ${listOf(lsa.attachedRouters)}`];
    case 'summary':
      return [`${prefixOf(lsa.id, lsa.mask)}, cost ${lsa.metric}`];
    case 'external':
      return [`${prefixOf(lsa.id, lsa.mask)}, cost ${lsa.metric} of type ${lsa.metricType}`];
    default:
      return [];
  }
}

function describeLink({ type, id, data, metric }: Row): string {
  const target = type === 'stub' ? prefixOf(id, data) : `${id} from ${data}`;
  return `${type} ${target}, cost ${metric}`;
}

/** A mask with holes is shown as it is. */
function prefixOf(address: unknown, mask: unknown): string {
  const bits = parseIpv4(String(mask));
  return `${address}/${(bits === undefined ? undefined : lengthOfMask(bits)) ?? mask}`;
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.join(' ') : '-';
}

function rowsIn(value: unknown): Row[] {
  return Array.isArray(value) ? value : [];
}
