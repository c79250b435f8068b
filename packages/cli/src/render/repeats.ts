import { countingLine, lineOf, type RunEvent, skippedLine, type TroubleKind, TroubleKinds } from '@zemosaic/core';

interface Group {
  kind: TroubleKind;
  skipped: boolean;
  /** The line of the newest, for a second one that stays alone. */
  newest: string;
  /** How many of the kind have been told of. */
  told: number;
}

/**
 * Troubles with files, told once per kind: the first at once and in full, the others together when they are asked for.
 * A thousand tiles with one trouble make two lines, not a thousand.
 */
export class Repeats {
  private readonly skipped = new TroubleKinds();
  private readonly warned = new TroubleKinds();
  private readonly groups = new Map<TroubleKind, Group>();

  /** The line of the first of a kind; null for one more of it; undefined for an event that is no trouble with a file. */
  take(event: RunEvent): string | null | undefined {
    if (event.event === 'tile.skipped') return this.add(this.skipped.add(event), `skipped ${lineOf(event)}`, true);
    if (event.event !== 'warning' || event.path === undefined || event.reason === undefined) return undefined;
    const { code, path, reason, message } = event;
    return this.add(this.warned.add({ code, path, reason }), message, false);
  }

  /** The lines of what has come since the last call, kind by kind. */
  rest(): string[] {
    const lines: string[] = [];
    for (const group of this.groups.values()) {
      const { kind, skipped, newest, told } = group;
      if (kind.count === told) continue;
      // Of two, the other is told in full as well.
      const line = skipped ? skippedLine(kind) : countingLine(kind);
      lines.push(kind.count === 2 ? newest : line);
      group.told = kind.count;
    }
    return lines;
  }

  private add(kind: TroubleKind, line: string, skipped: boolean): string | null {
    const group = this.groups.get(kind);
    if (group === undefined) {
      this.groups.set(kind, { kind, skipped, newest: line, told: 1 });
      return line;
    }
    group.newest = line;
    return null;
  }
}
