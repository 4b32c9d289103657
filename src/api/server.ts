import { createServer, type Server, type Socket } from 'node:net';
import { LasthopError } from '../base/errors.js';
import { LineSplitter } from './line-splitter.js';
import { MAX_REQUEST_LENGTH, type Params, parseRequest, type Reply, type Request } from './protocol.js';

/** What answers requests. */
export interface ApiHandler {
  /** Resolves with the result; a LasthopError that it rejects with is told to the client as it is. */
  call(method: string, params: Params): Promise<unknown>;
  /** Calls `send` with every later item of a method that watches, until the returned function is called. */
  watch(method: string, params: Params, send: (item: unknown) => void): () => void;
}

const MAX_CONNECTIONS = 32;
/** Requests of one connection that wait for their turn. */
const MAX_WAITING_REQUESTS = 64;
/** Bytes that a client that watches may leave unread before it is cut off. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** A server for the control protocol; the caller listens. Each connection's requests are answered in order. */
export function createApiServer(handler: ApiHandler): Server {
  const server = createServer({ allowHalfOpen: true }, (socket) => new Connection(socket, handler));
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

class Connection {
  private readonly lines = new LineSplitter(MAX_REQUEST_LENGTH);
  private readonly watches: (() => void)[] = [];
  private turn: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly socket: Socket,
    private readonly handler: ApiHandler,
  ) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.read(chunk));
    // A client that goes away in the middle of an answer is no error of ours; `close` follows.
    socket.on('error', () => {});
    // A client that asks no more still gets its answers; watching ends.
    socket.on('end', () => void this.turn.then(() => socket.end()));
    socket.on('close', () => {
      for (const stop of this.watches.splice(0)) stop();
    });
  }

  private read(chunk: string): void {
    const lines = this.lines.push(chunk);
    if (lines === undefined || this.waiting + lines.length > MAX_WAITING_REQUESTS) {
      const message = lines === undefined ? 'request too long' : 'too many requests at once';
      this.socket.pause();
      this.send({ id: null, error: { code: 'BAD_REQUEST', message } });
      this.socket.destroySoon();
      return;
    }
    for (const line of lines.filter((text) => text.trim() !== '')) {
      this.waiting++;
      this.turn = this.turn.then(() => this.answer(line));
    }
  }

  private async answer(line: string): Promise<void> {
    let id: number | null = null;
    try {
      const request = parseRequest(line);
      id = request.id;
      this.send({ id, result: await this.handler.call(request.method, request.params) });
      if (request.params.watch === true) this.watch(request);
    } catch (error) {
      const code = error instanceof LasthopError ? error.code : 'INTERNAL';
      this.send({ id, error: { code, message: error instanceof Error ? error.message : String(error) } });
    }
    await this.drained();
    this.waiting--;
  }

  /** A client that asks and does not read gets no further answers, so that what waits for it is bounded. */
  private async drained(): Promise<void> {
    const { socket } = this;
    if (!socket.writableNeedDrain || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        socket.off('drain', settle);
        socket.off('close', settle);
        resolve();
      };
      socket.on('drain', settle);
      socket.on('close', settle);
    });
  }

  private watch({ id, method, params }: Request): void {
    if (this.socket.destroyed) return;
    this.watches.push(this.handler.watch(method, params, (item) => this.sendItem({ id, item })));
  }

  /** Items come whether the client reads them or not: one that does not is cut off. */
  private sendItem(item: Reply): void {
    if (this.socket.writableLength > MAX_UNREAD_BYTES) this.socket.destroy();
    this.send(item);
  }

  private send(reply: Reply): void {
    if (this.socket.writable) this.socket.write(`${JSON.stringify(reply)}\n`);
  }
}
