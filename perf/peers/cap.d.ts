/** The part of the package `cap` that the plain router uses. */
declare module 'cap' {
  class Cap {
    /** Returns libpcap's name of the link type. Frames are copied into `frame` before each event. */
    open(device: string, filter: string, ringBytes: number, frame: Buffer): string;
    /** Sends a frame. */
    send(frame: Buffer, length: number): void;
    on(event: 'packet', listener: (length: number, truncated: boolean) => void): this;
  }

  const cap: { readonly Cap: typeof Cap };
  export default cap;
}
