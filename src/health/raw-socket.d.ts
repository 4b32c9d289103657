/** The part of the package `raw-socket` that checks and the lab use. */
declare module 'raw-socket' {
  interface Socket {
    on(event: 'message', listener: (packet: Buffer, source: string) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    send(
      packet: Buffer,
      offset: number,
      length: number,
      address: string,
      done: (error: Error | null, bytes: number) => void,
    ): this;
    setOption(level: number, option: number, value: Buffer, length: number): void;
    close(): this;
  }

  const rawSocket: {
    readonly Protocol: { readonly ICMP: number };
    createSocket(options: { readonly protocol: number }): Socket;
    createChecksum(packet: Buffer): number;
    /** Writes `checksum` at `offset`, in network byte order. */
    writeChecksum(packet: Buffer, offset: number, checksum: number): Buffer;
  };
  export default rawSocket;
}
