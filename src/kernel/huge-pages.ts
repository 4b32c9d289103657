import { sharedMemory } from '../base/shared-memory.js';
import { native } from './binding.js';

/*
 * Memory that is read at random costs a walk of the page tables at most accesses if its pages are small: a tenth of the
 * whole forwarding step. Where the kernel has no huge pages, or none is free, the memory is as it would be anyhow.
 */

/** Asks for huge pages behind memory that nobody has touched yet; resident memory grows by whole huge pages then. */
export function preferHugePages(bytes: Uint8Array): void {
  native.adviseHugePages(bytes);
}

/** Shared memory of `bytes` bytes, all zero, on huge pages where the kernel has them. */
export function allocateHuge(bytes: number): WebAssembly.Memory {
  const memory = sharedMemory(bytes);
  preferHugePages(new Uint8Array(memory.buffer));
  return memory;
}
