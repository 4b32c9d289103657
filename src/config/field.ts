import { z } from 'zod';
import { type Ipv4, parseIpv4 } from '../base/ipv4.js';
import { type InterfaceAddress, type Prefix, parseInterfaceAddress, parsePrefix } from '../base/prefix.js';

/**
 * Schemas of single values. Each says in its own words what it expects, and gives the value in the form that the program
 * uses (addresses as numbers).
 */
export type Field<T> = z.ZodType<T, unknown>;

/** A value that `read` understands; `read` returns undefined for what is not of the form that `expected` describes. */
export function field<T>(expected: string, read: (value: unknown) => T | undefined): Field<T> {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: expected, input: value });
    return z.NEVER;
  });
}

export function textField<T>(expected: string, read: (text: string) => T | undefined): Field<T> {
  return field(expected, (value) => (typeof value === 'string' ? read(value) : undefined));
}

/** A whole number in a range that includes both ends; `unit` is for messages. */
export function integer(minimum: number, maximum: number, unit?: string): Field<number> {
  return field(`${minimum} to ${maximum}${unit === undefined ? '' : ` ${unit}`}`, (value) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? (value as number)
      : undefined,
  );
}

export const flag: Field<boolean> = field('true or false', (value) => (typeof value === 'boolean' ? value : undefined));

/** Present and true: a switch that has no meaning when it is off. */
export const mark: Field<true> = field('true', (value) => (value === true ? value : undefined));

/** One of `choices`; `planned` are words that users will try and that a later version takes. */
export function choice<T extends string>(choices: readonly T[], planned: readonly string[] = []): Field<T> {
  const later = planned.length === 0 ? '' : ` (${planned.join(' and ')}: not supported yet)`;
  return field(`${choices.join(' or ')}${later}`, (value) => choices.find((candidate) => candidate === value));
}

export const ipv4: Field<Ipv4> = textField('an IPv4 address such as 10.0.0.1', parseIpv4);

/** The address of one host: not in 0.0.0.0/8, 127.0.0.0/8, or 224.0.0.0 and above. */
export const hostAddress: Field<Ipv4> = textField('the IPv4 address of a host such as 10.0.0.1', (text) => {
  const address = parseIpv4(text);
  return address !== undefined && isHostAddress(address) ? address : undefined;
});

export const prefix: Field<Prefix> = textField('a prefix without host bits such as 10.9.0.0/16', parsePrefix);

/** A host's address in its subnet; the network's and the broadcast address are refused (except in /31 and /32). */
export const interfaceAddress: Field<InterfaceAddress> = textField(
  'a host address with prefix length such as 10.0.0.1/24',
  (text) => {
    const parsed = parseInterfaceAddress(text);
    return parsed !== undefined && isHostAddress(parsed.address) && !isSubnetEnd(parsed) ? parsed : undefined;
  },
);

/** A link's name as the kernel takes it: at most 15 bytes (IFNAMSIZ), no white space, slash or colon. */
export const linkName: Field<string> = textField(
  'a link name of 1 to 15 characters without spaces, "/" or ":"',
  (text) =>
    /^[\x21-\x7e]{1,15}$/.test(text) && !/[/:%]/.test(text) && text !== '.' && text !== '..' ? text : undefined,
);

/** A name that people give to something of lasthop's own. */
export const label: Field<string> = textField('a name of 1 to 63 letters, digits, ".", "_" or "-"', (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text) ? text : undefined,
);

function isHostAddress(address: Ipv4): boolean {
  const network = address >>> 24;
  return network !== 0 && network !== 127 && network < 224;
}

function isSubnetEnd({ address, prefixLength }: InterfaceAddress): boolean {
  if (prefixLength >= 31) return false;
  const hostBits = 0xffffffff >>> prefixLength;
  const host = (address & hostBits) >>> 0;
  return host === 0 || host === hostBits;
}
