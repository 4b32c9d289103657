/** The part of the package `raw-socket` that the feeder and the plain router use. */
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
    /** setsockopt(2). */
    setOption(level: number, option: number, value: Buffer, length: number): void;
    close(): this;
  }

  const rawSocket: {
    createSocket(options: { readonly protocol: number }): Socket;
  };
  export default rawSocket;
}
