import { native } from '../kernel/binding.js';

const { POLLIN } = native.constants;

/**
 * The descriptors that a worker waits for, as an array of `struct pollfd` (`native.poll`). Each has a place; a muted
 * place is left out of the wait.
 */
export class PollSet {
  private readonly entries: Int32Array;
  private readonly descriptors: Int32Array;
  /** Places from the first one to the last one that was ever set. */
  private used = 0;

  constructor(places: number) {
    this.entries = new Int32Array(places * 2);
    this.descriptors = new Int32Array(places).fill(-1);
    for (let place = 0; place < places; place++) this.unmute(place);
  }

  set(place: number, fd: number): void {
    this.used = Math.max(this.used, place + 1);
    this.descriptors[place] = fd;
    this.unmute(place);
  }

  clear(place: number): void {
    this.set(place, -1);
  }

  /** Leaves the place out until `unmute`; for a descriptor that keeps saying the same. */
  mute(place: number): void {
    this.entries[place * 2] = -1;
    this.entries[place * 2 + 1] = POLLIN;
  }

  unmute(place: number): void {
    this.entries[place * 2] = this.descriptors[place];
    this.entries[place * 2 + 1] = POLLIN;
  }

  /** Waits up to `timeoutUs` microseconds (-1: for ever); returns how many places are ready. */
  wait(timeoutUs: number): number {
    return native.poll(this.entries, this.used, timeoutUs);
  }

  /** Waits for nothing but `durationUs` microseconds. */
  pause(durationUs: number): void {
    native.poll(this.entries, 0, durationUs);
  }

  /** True if the last wait found something at the place: data, an error or a hang-up. */
  isReady(place: number): boolean {
    return this.entries[place * 2 + 1] >>> 16 !== 0;
  }
}
