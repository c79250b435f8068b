import type { Emit, RunEvent } from '../event.ts';

export interface Warning {
  code: string;
  message: string;
}

/** Hears the warnings of a run on their way to whoever shows them. */
export class Warnings {
  readonly all: Warning[] = [];
  private told = 0;

  constructor(private readonly pass: Emit) {}

  readonly emit = (event: RunEvent): void => {
    if (event.event === 'warning') this.all.push({ code: event.code, message: event.message });
    if (event.event === 'tile.skipped')
      this.all.push({ code: 'tile_skipped', message: `${event.path}: ${event.reason}` });
    this.pass(event);
  };

  /** Those since the last call. */
  fresh(): Warning[] {
    const fresh = this.all.slice(this.told);
    this.told = this.all.length;
    return fresh;
  }

  /** Takes up what an earlier run warned of. What both met counts once. */
  takeUp(earlier: readonly Warning[]): void {
    const known = new Set(this.all.map(({ message }) => message));
    this.all.push(...earlier.filter(({ message }) => !known.has(message)));
    this.told = this.all.length;
  }

  /** How many of each kind. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { code } of this.all) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }
}
