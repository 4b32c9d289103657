import type { EventDetail } from '../controller/event-log.js';

/** `debug` is how protocols work when nothing is wrong: `lasthop show events` has it, the log does not. */
export type LogLevel = 'debug' | 'info' | 'warn';

/** Events that somebody should look at. */
const WARNINGS: ReadonlySet<string> = new Set([
  'authentication-key-expired',
  'config-rejected',
  'config-unreadable',
  'config-warning',
  'controller-exited',
  'controller-failed',
  'controller-message-refused',
  'controller-request-failed',
  'default-route-elsewhere',
  'defect',
  'duplicate-router-id',
  'link-down',
  'link-not-restored',
  'link-refused',
  'link-vanished',
  'packet-rejected',
  'route-refused',
  'router-lsa-full',
  'standstill',
  'virtual-link-down',
  'virtual-link-vanished',
]);

/** Steps on a way whose end is told. */
const STEPS: ReadonlySet<string> = new Set(['interface-state', 'self-originated-lsa-received', 'routes-complete']);

/** Packets that two routers in order send each other while one of them starts or a link goes. */
const PASSING_CHECKS: ReadonlySet<unknown> = new Set(['interface', 'neighbor', 'neighbor-state', 'min-ls-arrival']);

export function levelOf(name: string, detail: EventDetail): LogLevel {
  if (name === 'neighbor-state') return neighborLevel(detail);
  if (name === 'packet-rejected' && PASSING_CHECKS.has(detail.check)) return 'debug';
  if (WARNINGS.has(name)) return 'warn';
  return STEPS.has(name) ? 'debug' : 'info';
}

/** What routers log by habit: an adjacency that is there, and one that is lost. */
function neighborLevel({ from, to }: EventDetail): LogLevel {
  if (to === 'Full') return 'info';
  return from === 'Full' ? 'warn' : 'debug';
}
