/** Whoever takes care of a packet that leaves the usual road. */
export interface Receiver {
  /** @param offset of the packet of `length` bytes in the arena of the engine; valid until the call returns */
  receive(offset: number, length: number, fromLink: number): void;
}
