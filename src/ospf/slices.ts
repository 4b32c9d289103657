/**
 * Which part of some arrays belongs to each of a number of owners: one after the other when they are filled first; whoever
 * needs more later moves to the end. Owners are known by their number, so every index below is in range by construction.
 */
export class Slices {
  /** The items of owner n are those from `first[n]` to before `end[n]`. */
  first = new Uint32Array(0);
  end = new Uint32Array(0);
  /** Up to where an owner may have items without moving. */
  private room = new Uint32Array(0);
  /** The arrays must have this length at least. */
  length = 0;
  private abandoned = 0;

  /** Begins anew: `owners` of them have nothing. */
  clear(owners: number): void {
    if (this.first.length < owners) {
      this.first = new Uint32Array(2 * owners);
      this.end = new Uint32Array(2 * owners);
      this.room = new Uint32Array(2 * owners);
    }
    this.first.fill(0, 0, owners);
    this.end.fill(0, 0, owners);
    this.room.fill(0, 0, owners);
    this.length = 0;
    this.abandoned = 0;
  }

  /** Gives `owner` room for `count` items, and returns where they begin. What it had may be lost. */
  place(owner: number, count: number): number {
    const available = this.room[owner]! - this.first[owner]!;
    if (available < count) {
      this.abandoned += available;
      this.first[owner] = this.length;
      this.length += count;
      this.room[owner] = this.length;
    }
    this.end[owner] = this.first[owner]! + count;
    return this.first[owner]!;
  }

  /** More has been left behind than is of use. */
  get isWasteful(): boolean {
    return 2 * this.abandoned > this.length;
  }
}
