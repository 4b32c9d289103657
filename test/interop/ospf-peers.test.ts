import { describe, it } from 'node:test';
import { isInstalled } from '../../src/lab/program.js';
import { runWholeLab } from '../support/whole-lab.js';

const missing = ['ospfd', 'bfdd', 'bird'].filter((program) => !isInstalled(program));
const skip = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

/** Each lab asks FRR and BIRD themselves: for neighbors, routes, databases and BFD sessions. */
const LABS = {
  'is Full with FRR, and BFD tells both of a silent wire': 'interop-frr',
  'is Full with BIRD by HMAC-SHA-256, and BFD tells both of a silent wire': 'interop-bird',
  'takes part in elections on a segment of eight': 'interop-lan',
  'borders areas and passes external routes on': 'interop-areas',
  'is a router inside a not-so-stubby area': 'interop-nssa',
  'passes externals of an NSSA on between FRR and BIRD': 'interop-nssa-bird',
  'shares every kind of authentication, and changes keys': 'interop-authentication',
  'explains what does not match': 'interop-mismatch',
  'has several equal paths, with and without link addresses': 'interop-ecmp',
  'watches next hops of static routes by BFD, and takes a session that is switched off for no loss': 'interop-bfd',
  'helps an FRR that restarts': 'interop-graceful-restart',
  'moves virtual IPs faster than others take LSAs': 'interop-vips',
  'moves a service between their areas, and no connection notices': 'interop-move',
};

/** Their time is spent on timers of routers, not on the processor, and none of them measures. */
const AT_ONCE = 2;

describe('lasthop among FRR and BIRD', { skip, concurrency: AT_ONCE }, () => {
  for (const [claim, lab] of Object.entries(LABS)) {
    it(claim, async () => {
      await runWholeLab(`labs/${lab}.yaml`);
    });
  }
});
