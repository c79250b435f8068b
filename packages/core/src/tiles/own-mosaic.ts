import { basename } from 'node:path';
import type { FileFacts } from '../device.ts';

/**
 * The first of `files` that the HISTORY of a mosaic names as one of its tiles, by base name; null when none is.
 * HISTORY is broken into cards anywhere, so white space does not count.
 */
export function tileAmong(mosaic: FileFacts, history: string, files: readonly FileFacts[]): string | null {
  const tiles = tileLines(history);
  if (tiles.length === 0) return null;
  const among = files.find(({ path }) => {
    const name = bare(basename(path));
    return path !== mosaic.path && tiles.some((line) => line.startsWith(name) && isEnd(line.slice(name.length)));
  });
  return among?.path ?? null;
}

/** `tile NAME[HDU] weight=W ...`, without white space and the word; a card that goes on another begins with a space. */
function tileLines(history: string): string[] {
  const lines: string[] = [];
  for (const card of history.split('\n')) {
    if (card.startsWith(' ') && lines.length > 0) lines[lines.length - 1] += card;
    else lines.push(card);
  }
  return lines.filter((line) => line.startsWith('tile ')).map((line) => bare(line.slice(5)));
}

function isEnd(rest: string): boolean {
  return rest === '' || /^(\[\d+\]|weight|mask|flux=|solution=|channel=|gain=|offset=|slope=)/.test(rest);
}

/** As HISTORY writes a name, without white space. */
function bare(text: string): string {
  const letters = text.normalize('NFKD').replace(/\p{M}/gu, '');
  return letters.replace(/[^\x20-\x7e]/gu, '?').replace(/\s+/g, '');
}
