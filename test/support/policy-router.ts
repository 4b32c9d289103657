import assert from 'node:assert/strict';
import type { LinkPolicy } from '../../src/forward/link-policy.js';
import { decodeIpv4, type Ipv4Packet } from '../../src/wire/ipv4.js';
import { hex, toHex } from './hex.js';
import { BENCH_LINKS, type Carried, PlaneBench, packet } from './plane-bench.js';

/** 198.51.100.0/24 behind 10.0.1.7 on link 1, 203.0.113.0/24 behind 10.0.2.9 on link 2; link 1 with a policy. */
export function router(policy: Partial<LinkPolicy> = {}): PlaneBench {
  const links = BENCH_LINKS.map((link, index) => (index === 1 ? { ...link, policy } : link));
  const made = new PlaneBench({}, links);
  made.connect();
  made.route('198.51.100.0/24', ['via 10.0.1.7 on 1']);
  made.route('203.0.113.0/24', ['via 10.0.2.9 on 2']);
  made.learn(1, '10.0.1.7');
  made.learn(2, '10.0.2.9');
  return made;
}

export function ipOf({ packet: bytes }: Carried): Ipv4Packet {
  const decoded = decodeIpv4(bytes);
  assert.ok('ttl' in decoded);
  return decoded;
}

/** Type, code and rest of what a link has sent, as hexadecimal text. */
export function errors(made: PlaneBench, link = 1): string[] {
  return made.sent(link).map(({ packet: bytes }) => toHex(bytes.subarray(20, 22)) + toHex(bytes.subarray(24, 28)));
}

export function options(text: string, fields: Parameters<typeof packet>[0] = {}): Uint8Array {
  return packet({ options: hex(text), ...fields });
}
