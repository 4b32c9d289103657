/** Takes the secrets out of a conversation so that it is replayed as it was: who has which key is told, not the key. */
import { isMalformed } from '../wire/malformed.js';
import {
  type DigestKey,
  digestBytesOf,
  digestFieldOf,
  hasDigest,
  hasPassword,
  MAX_PASSWORD_BYTES,
  sealWithDigest,
} from '../wire/ospf/authentication.js';
import {
  AUTH_TYPE_CRYPTOGRAPHIC,
  AUTH_TYPE_SIMPLE,
  decodeOspfHeader,
  OSPF_AUTH_TYPE,
  OSPF_AUTHENTICATION,
  OSPF_HEADER_BYTES,
} from '../wire/ospf/header.js';
import type { OspfAuthentication, OspfConfig, OspfInput, OspfInterfaceConfig, OspfOutput } from './messages.js';

const text = new TextEncoder();
/** In place of the configured password, and of any other. */
const PASSWORD = text.encode('password');
const OTHER_PASSWORD = text.encode('mistaken');

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

function disguised(payload: Uint8Array, known: readonly (OspfAuthentication | undefined)[]): Uint8Array {
  if (payload.length <= OSPF_AUTHENTICATION) return payload;
  const authType = ((payload[OSPF_AUTH_TYPE] ?? 0) << 8) | (payload[OSPF_AUTH_TYPE + 1] ?? 0);
  if (authType === AUTH_TYPE_SIMPLE) return withPassword(payload, known);
  return authType === AUTH_TYPE_CRYPTOGRAPHIC ? withDigest(payload, known) : payload;
}

/** The checksum does not cover it, so that a packet that is malformed stays so for its own reason. */
function withPassword(payload: Uint8Array, known: readonly (OspfAuthentication | undefined)[]): Uint8Array {
  const isOurs = known.some((one) => one?.kind === 'simple' && hasPassword(payload, one.password));
  const copy = payload.slice();
  const room = Math.min(MAX_PASSWORD_BYTES, payload.length - OSPF_AUTHENTICATION);
  copy.set((isOurs ? PASSWORD : OTHER_PASSWORD).subarray(0, room), OSPF_AUTHENTICATION);
  return copy;
}

/** What comes after the packet is a digest that our key gives, or zeros: a digest of another secret tells of it. */
function withDigest(payload: Uint8Array, known: readonly (OspfAuthentication | undefined)[]): Uint8Array {
  const header = decodeOspfHeader(payload);
  const length = isMalformed(header) ? OSPF_HEADER_BYTES : header.length;
  const copy = payload.slice();
  copy.fill(0, length);
  if (isMalformed(header)) return copy;
  const { keyId, sequence } = digestFieldOf(payload);
  const keys = known.flatMap((one) => (one?.kind === 'cryptographic' ? one.keys : []));
  const key = keys.find((candidate) => candidate.id === keyId && hasDigest(payload, length, candidate));
  if (key === undefined) return copy;
  const packet = payload.slice(0, length);
  const sealed = sealWithDigest(packet, { ...key, secret: secretOf(key) }, sequence);
  copy.set(sealed.subarray(length, length + digestBytesOf(key.algorithm)), length);
  return copy;
}
