import { countingLine, lineOf, type RunEvent, skippedLine, type TroubleKind, TroubleKinds } from '@zemosaic/core';

interface Group {
  kind: TroubleKind;
  skipped: boolean;
  /** The line of the newest problem, needed if there are exactly two. */
  newest: string;
  /** How many of the kind have been reported. */
  told: number;
}

/**
 * Problems with files, reported once per kind: the first immediately and in full, the others together by `rest`. A thousand
 * tiles with the same problem make two lines, not a thousand.
 */
export class Repeats {
  private readonly skipped = new TroubleKinds();
  private readonly warned = new TroubleKinds();
  private readonly groups = new Map<TroubleKind, Group>();

  /** The line for the first of a kind; null for a repetition; undefined for an event that is not a problem with a file. */
  take(event: RunEvent): string | null | undefined {
    if (event.event === 'tile.skipped') return this.add(this.skipped.add(event), `skipped ${lineOf(event)}`, true);
    if (event.event !== 'warning' || event.path === undefined || event.reason === undefined) return undefined;
    const { code, path, reason, message } = event;
    return this.add(this.warned.add({ code, path, reason }), message, false);
  }

  /** One line per kind for the problems since the last call. */
  rest(): string[] {
    const lines: string[] = [];
    for (const group of this.groups.values()) {
      const { kind, skipped, newest, told } = group;
      if (kind.count === told) continue;
      // If there are only two, the second is shown in full too.
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
