import { lineOf } from '../error.ts';
import type { Emit, RunEvent } from '../event.ts';
import { countingLine, skippedLine, type TroubleKind, TroubleKinds } from '../trouble-kinds.ts';

export interface Warning {
  code: string;
  message: string;
  /** The file that it is about, and the message without it. */
  path?: string;
  reason?: string;
}

/** Warnings of one kind. */
export interface Counted {
  code: string;
  message: string;
  count: number;
}

/** Records the warnings of a run as they pass through to the renderer. */
export class Warnings {
  readonly all: Warning[] = [];
  private told = 0;

  constructor(private readonly pass: Emit) {}

  readonly emit = (event: RunEvent): void => {
    if (event.event === 'warning') {
      const { event: _, ...warning } = event;
      this.all.push(warning);
    }
    if (event.event === 'tile.skipped') {
      const { path, reason } = event;
      this.all.push({ code: SKIPPED, message: lineOf(event), path, reason });
    }
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

  /** Number of warnings of each code. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { code } of this.all) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }

  /** One of each kind, in the order of their first occurrence. */
  byKind(): Counted[] {
    const kinds = new TroubleKinds();
    const lines = new Map<TroubleKind | Warning, string>();
    for (const warning of this.all) {
      const { code, message, path, reason } = warning;
      if (path === undefined || reason === undefined) {
        lines.set(warning, message);
        continue;
      }
      const kind = kinds.add({ code, path, reason });
      if (!lines.has(kind)) lines.set(kind, message);
    }
    return [...lines].map(([of, message]) => {
      if (!('first' in of)) return { code: of.code, message, count: 1 };
      const line = of.first.code === SKIPPED ? skippedLine : countingLine;
      return { code: of.first.code, message: of.count === 1 ? message : line(of), count: of.count };
    });
  }
}

const SKIPPED = 'tile_skipped';
