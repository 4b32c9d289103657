import fc from 'fast-check';

/** Unsigned numbers of a width, with the borders that fast-check prefers. */
export const u8 = fc.nat(0xff);
export const u16 = fc.nat(0xffff);
export const u32 = fc.nat(0xffffffff);
export const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
export const payload = fc.uint8Array({ maxLength: 96 });

/** Plain objects with these fields, comparable with what a decoder returns. */
export function record<Fields>(fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> }): fc.Arbitrary<Fields> {
  return fc.record(fields, { noNullPrototype: true });
}
