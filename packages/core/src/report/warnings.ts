import type { Emit, RunEvent } from '../event.ts';

export interface Warning {
  code: string;
  message: string;
}

/** Records the warnings of a run as they pass through to the renderer. */
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

  /** Warnings since the last call. */
  fresh(): Warning[] {
    const fresh = this.all.slice(this.told);
    this.told = this.all.length;
    return fresh;
  }

  /** Adds the warnings of an earlier run; one that both runs met counts once. */
  takeUp(earlier: readonly Warning[]): void {
    const known = new Set(this.all.map(({ message }) => message));
    this.all.push(...earlier.filter(({ message }) => !known.has(message)));
    this.told = this.all.length;
  }

  /** Number of warnings of each kind. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { code } of this.all) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }
}
