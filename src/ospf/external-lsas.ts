import { maskOf } from '../base/prefix.js';
import { OPTION_EXTERNAL } from '../wire/ospf/header.js';
import { LSA_EXTERNAL } from '../wire/ospf/lsa.js';
import { linkStateIds } from './link-state-id.js';
import { OwnLsa } from './own-lsas.js';
import type { Router } from './router.js';

/** The AS-external LSAs for the routes of other origin that this router is to advertise (RFC 2328 section 12.4.4). */
export function externalLsas(router: Router): OwnLsa[] {
  if (!router.isAsbr) return [];
  const lsas: OwnLsa[] = [];
  for (const [{ prefix, metric, metricType, tag }, id] of linkStateIds(router.config.externals)) {
    if (id === undefined) {
      router.lacksLinkStateId(prefix);
      continue;
    }
    const networkMask = maskOf(prefix.length);
    lsas.push(
      new OwnLsa(
        { type: LSA_EXTERNAL, id, options: OPTION_EXTERNAL },
        { kind: 'external', networkMask, metricType, metric, forwardingAddress: 0, tag },
      ),
    );
  }
  return lsas;
}
