import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HttpProbe } from '../config/config.js';
import { reasonOf } from './reason.js';

/** Of a body so much is looked at; a server that sends without end is cut off there. */
const MAX_BODY_BYTES = 65_536;

/** Asks for a URL, and looks at the status and, if the check wants so, for a text in the body. */
export function probeHttp(check: HttpProbe, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let request: ClientRequest;
    const end = (failure: string | undefined) => {
      resolve(failure);
      request.destroy();
    };
    const { url, method, host, insecure } = check;
    // Each run has a connection of its own: a server that takes no new ones is to be seen.
    const options = { method, signal, agent: false, headers: host === undefined ? {} : { host } } as const;
    const take = (response: IncomingMessage) => judge(check, response, end);
    request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: !insecure }, take)
        : requestHttp(url, options, take);
    request.on('error', (error) => resolve(reasonOf(error)));
    request.end();
  });
}

function judge(check: HttpProbe, response: IncomingMessage, end: (failure: string | undefined) => void): void {
  const { statusCode = 0 } = response;
  response.on('error', (error) => end(reasonOf(error)));
  if (!check.status.some(([first, last]) => statusCode >= first && statusCode <= last)) {
    end(`status ${statusCode}, expected ${check.status.map(describeRange).join(', ')}`);
    return;
  }
  const { body } = check;
  if (body === undefined) {
    end(undefined);
    return;
  }
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (piece: string) => {
    text += piece;
    if (text.includes(body)) end(undefined);
    else if (text.length > MAX_BODY_BYTES) end(`the body has no "${body}" in its first ${MAX_BODY_BYTES} characters`);
  });
  response.on('end', () => end(`the body has no "${body}"`));
}

function describeRange([first, last]: readonly [number, number]): string {
  return first === last ? String(first) : `${first}-${last}`;
}
