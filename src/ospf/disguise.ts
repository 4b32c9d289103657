/** Takes the secrets out of a conversation so that it is replayed as it was: who has which key is told, not the key. */
import { readU16 } from '../base/bytes.js';
import {
  type DigestKey,
  digestFieldOf,
  hasDigest,
  hasPassword,
  MAX_PASSWORD_BYTES,
  sealWithDigest,
} from '../wire/ospf/authentication.js';
import {
  AUTH_TYPE_CRYPTOGRAPHIC,
  AUTH_TYPE_SIMPLE,
  OSPF_AUTH_TYPE,
  OSPF_AUTHENTICATION,
  OSPF_HEADER_BYTES,
  OSPF_LENGTH,
} from '../wire/ospf/header.js';
import type { OspfAuthentication, OspfConfig, OspfInput, OspfInterfaceConfig, OspfOutput } from './messages.js';

const text = new TextEncoder();
/** In place of the configured password, and of any other. */
const PASSWORD = text.encode('password');
const OTHER_PASSWORD = text.encode('mistaken');
const NO_BYTES = new Uint8Array(0);

/**
 * Every secret is replaced by one that anybody may know, and every packet sealed with it is sealed again: what was
 * authentic still is, and what was not is not. Lengths stay what they are.
 */
export class Disguise {
  /** By interface what is configured now, and what was before. */
  private readonly known = new Map<string, readonly [now: OspfAuthentication, before: OspfAuthentication]>();

  input(input: OspfInput): OspfInput {
    if (input.kind === 'configure') {
      this.learn(input.config);
      return { ...input, config: withoutSecrets(input.config) };
    }
    if (input.kind !== 'packet') return input;
    const [now] = this.known.get(input.interface) ?? [];
    return { ...input, payload: disguised(input.payload, [now]) };
  }

  /** A goodbye may be sealed with what was configured before. */
  output(output: OspfOutput): OspfOutput {
    if (output.kind !== 'send') return output;
    return { ...output, payload: disguised(output.payload, this.known.get(output.interface) ?? []) };
  }

  private learn(config: OspfConfig): void {
    for (const { name, authentication } of config.areas.flatMap(({ interfaces }) => interfaces)) {
      const [before = authentication] = this.known.get(name) ?? [];
      this.known.set(name, [authentication, before]);
    }
  }
}

function withoutSecrets(config: OspfConfig): OspfConfig {
  const areas = config.areas.map((area) => ({ ...area, interfaces: area.interfaces.map(withoutSecret) }));
  return { ...config, areas };
}

function withoutSecret(config: OspfInterfaceConfig): OspfInterfaceConfig {
  const { authentication } = config;
  switch (authentication.kind) {
    case 'none':
      return config;
    case 'simple':
      return { ...config, authentication: { kind: 'simple', password: PASSWORD } };
    case 'cryptographic': {
      const keys = authentication.keys.map((key) => ({ ...key, secret: secretOf(key) }));
      return { ...config, authentication: { kind: 'cryptographic', keys } };
    }
  }
}

function secretOf({ id }: DigestKey): Uint8Array {
  return text.encode(`secret ${id}`);
}

/** What no check looks at is cleared, since it may be a secret in the wrong place. */
function disguised(payload: Uint8Array, known: readonly (OspfAuthentication | undefined)[]): Uint8Array {
  const copy = payload.slice();
  const end = endOf(payload);
  copy.fill(0, end);
  const authType = readU16(payload, OSPF_AUTH_TYPE);
  if (authType === AUTH_TYPE_SIMPLE) {
    const isOurs = known.some((one) => one?.kind === 'simple' && hasPassword(payload, one.password));
    const room = Math.max(0, Math.min(MAX_PASSWORD_BYTES, payload.length - OSPF_AUTHENTICATION));
    copy.set((isOurs ? PASSWORD : OTHER_PASSWORD).subarray(0, room), Math.min(OSPF_AUTHENTICATION, payload.length));
  } else if (authType === AUTH_TYPE_CRYPTOGRAPHIC && known.some((one) => one?.kind === 'cryptographic')) {
    copy.set(digestFor(payload, end, known), end);
  } else {
    copy.fill(0, OSPF_AUTHENTICATION, OSPF_HEADER_BYTES);
  }
  return copy;
}

/** Where the packet ends by its own account; what lies about that is rejected before anything else is looked at. */
function endOf(payload: Uint8Array): number {
  const length = readU16(payload, OSPF_LENGTH);
  if (length >= OSPF_HEADER_BYTES && length <= payload.length) return length;
  return Math.min(OSPF_HEADER_BYTES, payload.length);
}

/** The digest of our key in disguise, if the packet has that of our key; none if it has another, which tells of a secret. */
function digestFor(payload: Uint8Array, end: number, known: readonly (OspfAuthentication | undefined)[]): Uint8Array {
  const { keyId, sequence } = digestFieldOf(payload);
  const keys = known.flatMap((one) => (one?.kind === 'cryptographic' ? one.keys : []));
  const key = keys.find((candidate) => candidate.id === keyId && hasDigest(payload, end, candidate));
  if (key === undefined) return NO_BYTES;
  return sealWithDigest(payload.slice(0, end), { ...key, secret: secretOf(key) }, sequence).subarray(end);
}
