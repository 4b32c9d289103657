/** What a link does with packets where the RFCs leave a choice. It is that of the link by which a packet comes in. */
export interface LinkPolicy {
  /** RFC 3704: a source needs a route (`loose`), and one that leads back over the link (`strict`). */
  readonly sourceValidation: 'off' | 'loose' | 'strict';
  /** Whether ICMP redirects are sent (RFC 1812 section 5.2.7.2). */
  readonly redirects: boolean;
  /** Whose address ICMP errors come from: the link that they leave by, or the one that the packet came in by. */
  readonly icmpSource: 'egress' | 'ingress';
  /** Record Route and Timestamp are filled in or left alone, or packets with any option dropped (RFC 7126). */
  readonly ipOptions: 'record' | 'pass' | 'drop';
}

/** That of a link for which nothing else is asked. */
export const PLAIN_POLICY: LinkPolicy = {
  sourceValidation: 'off',
  redirects: false,
  icmpSource: 'egress',
  ipOptions: 'record',
};

/** A policy as bits, for the memory that the worker reads. */
export const POLICY_VALIDATE = 1;
export const POLICY_STRICT = 2;
export const POLICY_REDIRECT = 4;
export const POLICY_INGRESS_SOURCE = 8;
export const POLICY_RECORD_OPTIONS = 16;
export const POLICY_DROP_OPTIONS = 32;

export function policyBits({ sourceValidation, redirects, icmpSource, ipOptions }: LinkPolicy): number {
  return (
    (sourceValidation === 'off' ? 0 : POLICY_VALIDATE) |
    (sourceValidation === 'strict' ? POLICY_STRICT : 0) |
    (redirects ? POLICY_REDIRECT : 0) |
    (icmpSource === 'ingress' ? POLICY_INGRESS_SOURCE : 0) |
    (ipOptions === 'record' ? POLICY_RECORD_OPTIONS : 0) |
    (ipOptions === 'drop' ? POLICY_DROP_OPTIONS : 0)
  );
}
