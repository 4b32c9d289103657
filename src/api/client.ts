import { createConnection, type Socket } from 'node:net';
import { LasthopError } from '../base/errors.js';
import { LineSplitter } from './line-splitter.js';
import { MAX_REPLY_LENGTH, type Params, parseReply } from './protocol.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onItem: ((item: unknown) => void) | undefined;
}

/** How long a router may take to answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** One connection to a running router. Errors are LasthopErrors; NOT_RUNNING if nobody listens at the path. */
export class ApiClient {
  private readonly waiting = new Map<number, Waiting>();
  private readonly lines = new LineSplitter(MAX_REPLY_LENGTH);
  private lastId = 0;
  private failure: LasthopError | undefined;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.read(chunk));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.fail(new LasthopError('CONNECTION_LOST', 'the router closed the connection, expected an answer'));
        resolve();
      });
    });
  }

  static connect(path: string): Promise<ApiClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      const refuse = (error: NodeJS.ErrnoException) => reject(connectError(path, error));
      socket.once('error', refuse);
      socket.once('connect', () => {
        socket.off('error', refuse);
        // `close` follows and fails what waits.
        socket.on('error', () => {});
        resolve(new ApiClient(socket));
      });
    });
  }

  async call(method: string, params: Params = {}): Promise<unknown> {
    return this.request(method, params, undefined);
  }

  /** Calls `onItem` with the items that follow the result, until the connection is closed. */
  async watch(method: string, params: Params, onItem: (item: unknown) => void): Promise<unknown> {
    return this.request(method, { ...params, watch: true }, onItem);
  }

  close(): void {
    this.socket.destroy();
  }

  private request(method: string, params: Params, onItem: Waiting['onItem']): Promise<unknown> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const message = `the router did not answer "${method}" within ${ANSWER_TIMEOUT_MS / 1000} s`;
      const timer = setTimeout(() => this.fail(new LasthopError('TIMEOUT', message)), ANSWER_TIMEOUT_MS);
      const settle = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject), onItem });
      this.socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  private read(chunk: string): void {
    const lines = this.lines.push(chunk);
    if (lines === undefined) this.fail(new LasthopError('BAD_REPLY', 'the reply of the router is too long'));
    try {
      for (const line of lines ?? []) this.take(line);
    } catch (error) {
      this.fail(error as LasthopError);
    }
  }

  private take(line: string): void {
    const reply = parseReply(line);
    const waiting = reply.id === null ? undefined : this.waiting.get(reply.id);
    if ('error' in reply) {
      const error = new LasthopError(reply.error.code, reply.error.message);
      if (waiting === undefined) this.fail(error);
      else waiting.reject(error);
    } else if ('item' in reply) {
      waiting?.onItem?.(reply.item);
      return;
    } else {
      waiting?.resolve(reply.result);
      if (waiting?.onItem !== undefined) return;
    }
    if (reply.id !== null) this.waiting.delete(reply.id);
  }

  /** Ends the connection; whoever waits is told `reason`. A promise that was settled before stays as it is. */
  private fail(reason: LasthopError): void {
    this.failure ??= reason;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
    this.socket.destroy();
  }
}

function connectError(path: string, error: NodeJS.ErrnoException): LasthopError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new LasthopError('NOT_RUNNING', `no router answers at ${path}`, 'start one with "lasthop run"', {
      cause: error,
    });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new LasthopError('NO_ACCESS', `no permission to use ${path}`, 'try again as root', { cause: error });
  }
  return new LasthopError('NO_ACCESS', `cannot connect to ${path}: ${error.message}`, undefined, { cause: error });
}
