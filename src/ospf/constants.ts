/**
 * Specification constants (RFC 2328 appendix B): every router of an area counts on these, so they are not settings.
 */

export const MAX_AGE_SECONDS = 3600;
/** Two instances whose ages differ by more than this are not the same instance. */
export const MAX_AGE_DIFFERENCE_SECONDS = 900;
/** A received instance is not accepted sooner than this after the one before it. */
export const MIN_LS_ARRIVAL_MS = 1000;
/** Added to the age of an LSA whenever it is sent over an interface. */
export const TRANSMIT_DELAY_SECONDS = 1;
/** 0x80000001; 0x80000000 is reserved. */
export const INITIAL_SEQUENCE = -0x7fffffff;
export const MAX_SEQUENCE = 0x7fffffff;
/** Metric of what is unreachable, in summaries and AS-external LSAs. */
export const LS_INFINITY = 0xffffff;
/** The area that all others are attached to. */
export const BACKBONE = 0;
/** How often the checksum of every LSA in the database is verified. */
export const CHECK_AGE_MS = 300_000;
/** Longest time that a self-originated LSA goes without a new instance. */
export const LS_REFRESH_MS = 1_800_000;

/**
 * Tunables: choices of this implementation, which its neighbors need not share.
 */

/** Refreshes are spread over a minute and come early enough to be under `LS_REFRESH_MS`. */
export const REFRESH_EARLIEST_MS = LS_REFRESH_MS - 120_000;
export const REFRESH_SPREAD_SECONDS = 60;

/**
 * Two instances of an LSA of ours are at least this far apart: just above the receivers' MinLSArrival, since an instance
 * that comes sooner is dropped by them without an acknowledgment and costs a retransmission interval.
 */
export const ORIGINATION_GAP_MS = 1050;
/** MinLSInterval, the longest that a change waits. It holds on average: ORIGINATION_BURST instances may come sooner. */
export const ORIGINATION_LONGEST_GAP_MS = 5000;
export const ORIGINATION_BURST = 4;
/** As ORIGINATION_GAP_MS, for opaque LSAs: of those hundreds may change together, and the first ones wait for the last ones. */
export const OPAQUE_GAP_MS = 1150;
/**
 * LSAs that are looked at in one turn; the others follow with the next. When an instance leaves is noted by the time at which its
 * turn began, and the next one, ORIGINATION_GAP_MS later, must not come sooner than MinLSArrival after it.
 */
export const ORIGINATION_BATCH = 1000;
/**
 * Sequence numbers begin again as soon as our neighbors have the flush of the last (12.1.6). If that flush comes back,
 * because it was still being retransmitted elsewhere, the next beginning waits for three of the usual RxmtIntervals; it
 * counts as coming back within the time after the one before.
 */
export const WRAP_HOLD_MS = 15_000;
export const WRAP_MEMORY_MS = 60_000;
/** A link that has come up is told of when it has a neighbor that is Full, or after this time if it gets none. */
export const LINK_UP_HOLD_MS = 200;
/**
 * The first instance leaves so long after the first neighbor is Full: others become Full, and virtual IPs are claimed,
 * within that time.
 */
export const FIRST_INSTANCE_HOLD_MS = 100;
/** A neighbor that begins the exchange anew is told to be gone if it is not Full again after this time. */
export const EXCHANGE_HOLD_MS = 1000;
/**
 * Age at which a neighbor sends its copy of an LSA of ours that it has had for less than a second: one InfTransDelay for
 * the way to it, one for the way back. Of those it takes no newer instance yet.
 */
export const FRESH_COPY_AGE_SECONDS = 2;

/** Delayed acknowledgments wait this long for company; below every sensible RxmtInterval. */
export const DELAYED_ACK_MS = 500;
/** Packets of retransmissions to one neighbor at a time, and the pause before the next ones. */
export const RETRANSMIT_BURST_PACKETS = 10;
export const RETRANSMIT_PAUSE_MS = 20;
/** An exchange that failed is begun anew at once, but not more often than this. */
export const EXCHANGE_GAP_MS = 1000;
/** An extra Hello, in answer to a neighbor that is new, is sent at most this often on an interface. */
export const EXTRA_HELLO_GAP_MS = 1000;

/** A timeout that comes this late says that the process stood still: neighbors get some time to be heard. */
export const STANDSTILL_MS = 500;
export const STANDSTILL_GRACE_MS = 1000;

/** So many router-LSAs with our ID that we have not sent, within this time, are those of another router. */
export const RIVAL_INSTANCES = 4;
export const RIVAL_MS = 60_000;

/** Equal-cost next hops that a route keeps. */
export const MAX_NEXT_HOPS = 16;
/**
 * Repair paths cost a tree for each neighbor: those of the cheapest links are looked at, as many as have so many
 * vertices together.
 */
export const MAX_REPAIR_NEIGHBORS = 16;
export const MAX_REPAIR_VERTICES = 100_000;
/**
 * When so much is remembered of sets of next hops, the calculation begins with none. More than MAX_LSAS: every one of
 * them may have a set of its own.
 */
export const MAX_NEXT_HOP_SETS = 100_000;
/** Bounds against floods of LSAs and router IDs from one broken or hostile neighbor. */
export const MAX_LSAS = 50_000;
/** In the name of one router: the others keep room. */
export const MAX_LSAS_OF_ROUTER = 25_000;
/** One LSA may have 64 KiB: a fiftieth of MAX_LSAS can fill this, and those of real networks a few hundred bytes. */
export const MAX_LSDB_BYTES = 64 * 2 ** 20;
/** The database is verified in so many parts, one after the other. */
export const CHECK_PARTS = 30;
export const MAX_NEIGHBORS_PER_INTERFACE = 350;
/** Events of one kind about the same thing are told at most this often, and about so many things at most. */
export const EVENT_GAP_MS = 10_000;
export const EVENT_SUBJECTS = 256;
