import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that says that this router is out for maintenance, so that it still is after a restart. */
export class MaintenanceMark {
  private readonly path: string;

  /** @param directory where it lies; made when it is needed */
  constructor(private readonly directory: string) {
    this.path = join(directory, 'maintenance');
  }

  get isSet(): boolean {
    return existsSync(this.path);
  }

  /** Throws a system error if that is not possible; then it is as it was. */
  set(on: boolean): void {
    if (!on) {
      rmSync(this.path, { force: true });
      return;
    }
    mkdirSync(this.directory, { recursive: true });
    const made = `${this.path}.new`;
    writeFileSync(made, 'This router is out for maintenance: "lasthop maintenance off" ends it.\n', { flush: true });
    renameSync(made, this.path);
  }
}
