import { BATCH_SIZE } from '../link/frame.js';

/** How the engine divides the slots of its arena; the first `BATCH_SIZE` are what links receive into. */

/** The packet that is being injected, or the segment that is being fragmented. */
export const WORK_SLOT = BATCH_SIZE;

/** Packets that the router makes, from here on without regard to slots. */
export const SCRATCH_FIRST_SLOT = WORK_SLOT + 1;
export const SCRATCH_SLOTS = 8;

/** Packets that wait for ARP, one in each slot. */
export const PENDING_FIRST_SLOT = SCRATCH_FIRST_SLOT + SCRATCH_SLOTS;
export const PENDING_SLOTS = 128;

/** Slots of the arena of an engine. Slots that are never used cost no memory. */
export const ENGINE_ARENA_SLOTS = PENDING_FIRST_SLOT + PENDING_SLOTS;
