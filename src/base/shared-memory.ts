const PAGE_BYTES = 65_536;

/** Memory of at least `bytes` bytes, all zero, that threads share, and that programs in WebAssembly can read as well. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
