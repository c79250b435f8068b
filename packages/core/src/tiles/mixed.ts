import type { HduFacts } from '../device.ts';
import { lineOf } from '../error.ts';
import { TroubleKinds } from '../trouble-kinds.ts';
import { sameUnit } from './unit.ts';

export interface Note {
  level: 'info' | 'warning';
  code: string;
  message: string;
  path?: string;
  /** The message without the file, if it is about one. */
  reason?: string;
}

interface Named {
  path: string;
  hdu: HduFacts;
}

/** One warning for each keyword whose value differs between tiles that are to be averaged; units may be spelled differently. */
export function mixedKeywords(tiles: readonly Named[], keywords: readonly string[], which = 'tiles'): Note[] {
  return keywords.flatMap((keyword) => {
    const read = ({ hdu }: Named) => {
      const value = hdu.keywords[keyword];
      return value === undefined ? null : String(value).trim();
    };
    const same = keyword === 'BUNIT' ? { same: sameUnit } : {};
    return mixed(tiles, { code: `mixed_${keyword.toLowerCase()}`, what: keyword, which, read, ...same });
  });
}

export interface Trait<T> {
  code: string;
  /** What it is called. */
  what: string;
  which?: string;
  read: (tile: T) => string | null;
  /** What is the same for values that are equal but for their spelling. */
  same?: (text: string) => string;
}

/** One warning where tiles differ in a trait; it names the values and counts their tiles. */
export function mixed<T>(
  tiles: readonly T[],
  { code, what, which = 'tiles', read, same = (text) => text }: Trait<T>,
): Note[] {
  const counts = new Map<string, { text: string; count: number }>();
  for (const tile of tiles) {
    const text = read(tile) || 'none';
    const known = counts.get(same(text)) ?? { text, count: 0 };
    counts.set(same(text), { ...known, count: known.count + 1 });
  }
  if (counts.size < 2) return [];
  const shown = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, 4);
  const list = shown.map(({ text, count }) => `${text} (${count})`).join(', ');
  const more = counts.size > shown.length ? ` and ${counts.size - shown.length} more` : '';
  return [{ level: 'warning', code, message: `${which} differ in ${what}: ${list}${more}; they are combined anyway` }];
}

/** A warning about one file; `map`: the file of a plane of it that is at fault. Renderers merge those of a kind. */
export function one(code: string, path: string, reason: string, map?: string): Note {
  const named = map === undefined || map === path ? {} : { map };
  return { level: 'warning', code, message: lineOf({ path, reason, ...named }), path, reason };
}

/** Remarks about files, with repeated ones merged: `a.fits: text`, or `text (a.fits, b.fits, c.fits and 2 more)`. */
export function gathered(remarks: readonly { path: string; text: string }[], code: string): Note[] {
  const kinds = new TroubleKinds();
  for (const { path, text } of remarks) kinds.add({ code, path, reason: text });
  return [...kinds].map(({ count, first, text }) => ({
    level: 'warning',
    code,
    message: count === 1 ? lineOf(first) : text,
    path: first.path,
  }));
}
