import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { LasthopError } from '../base/errors.js';

export interface EtcdOptions {
  /** `http` or `https`, one or more members of the cluster. */
  readonly endpoints: readonly [URL, ...URL[]];
  /** PEM. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly user: { readonly name: string; readonly password: string } | undefined;
}

type Json = { readonly [key: string]: unknown };

/** A reply is never larger: 10,000 VIPs are 2 MB. */
const MAX_REPLY_BYTES = 16 << 20;
const UNAUTHENTICATED = 16;

/**
 * Calls of etcd's v3 API through its JSON gateway (etcd 3.4 and later), to one endpoint until it fails and then to the next.
 * Whoever calls bounds the time by a signal. Every failure is a LasthopError (`ETCD`) that names the endpoint.
 */
export class EtcdClient {
  private readonly http = new HttpAgent({ keepAlive: true });
  private readonly https: HttpsAgent;
  private place = 0;
  private token: string | undefined;

  constructor(private readonly options: EtcdOptions) {
    const { ca, cert, key } = options;
    this.https = new HttpsAgent({ keepAlive: true, ...defined({ ca, cert, key }) });
  }

  /** Calls for example `kv/txn`. */
  async call(method: string, body: Json, signal: AbortSignal): Promise<Json> {
    const { endpoints, user } = this.options;
    const endpoint = endpoints[this.place % endpoints.length] ?? endpoints[0];
    try {
      if (user !== undefined) this.token ??= await this.authenticate(endpoint, user, signal);
      return await this.post(endpoint, method, body, signal);
    } catch (error) {
      this.place++;
      this.token = undefined;
      throw explain(error, endpoint, signal);
    }
  }

  /** Ends all connections. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  private async authenticate(endpoint: URL, user: Json, signal: AbortSignal): Promise<string> {
    const { token } = await this.post(endpoint, 'auth/authenticate', user, signal);
    if (typeof token !== 'string') throw new Error('it gave no token');
    return token;
  }

  private post(endpoint: URL, method: string, body: Json, signal: AbortSignal): Promise<Json> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...defined({ authorization: this.token }) };
      const url = new URL(`v3/${method}`, endpoint);
      const options = { method: 'POST', headers, signal };
      const take = (response: IncomingMessage) => read(response).then(resolve, reject);
      const request =
        url.protocol === 'https:'
          ? requestHttps(url, { ...options, agent: this.https }, take)
          : requestHttp(url, { ...options, agent: this.http }, take);
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
  }
}

async function read(response: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_REPLY_BYTES) throw new Error(`its reply is longer than ${MAX_REPLY_BYTES} bytes`);
  }
  const text = Buffer.concat(pieces).toString();
  const reply = parse(text);
  if (response.statusCode === 200 && reply !== undefined) return reply;
  const { message = text.slice(0, 200), code } = reply ?? {};
  const who = code === UNAUTHENTICATED ? 'it does not know us: ' : '';
  throw new Error(`${who}status ${response.statusCode}, ${String(message).trim()}`);
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function explain(error: unknown, endpoint: URL, signal: AbortSignal): LasthopError {
  const reason = signal.aborted ? 'no answer in time' : error instanceof Error ? error.message : String(error);
  return new LasthopError('ETCD', `etcd at ${endpoint.origin}: ${reason}`, undefined, { cause: error });
}

/** Without the keys that are undefined. */
function defined<T extends object>(values: T): { [key in keyof T]?: NonNullable<T[key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [key in keyof T]?: NonNullable<T[key]>;
  };
}
