import { basename } from 'node:path';
import type { HduFacts } from '../device.ts';

export interface Note {
  level: 'info' | 'warning';
  code: string;
  message: string;
  path?: string;
}

interface Named {
  path: string;
  hdu: HduFacts;
}

/** One warning for each keyword whose value differs between tiles that are to be averaged. */
export function mixedKeywords(tiles: readonly Named[], keywords: readonly string[], which = 'tiles'): Note[] {
  const notes: Note[] = [];
  for (const keyword of keywords) {
    const counts = new Map<string, number>();
    for (const { hdu } of tiles) {
      const value = hdu.keywords[keyword];
      const text = value === undefined ? 'none' : String(value).trim() || 'none';
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    if (counts.size < 2) continue;
    const shown = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
    const list = shown.map(([value, count]) => `${value} (${count})`).join(', ');
    const more = counts.size > shown.length ? ` and ${counts.size - shown.length} more` : '';
    notes.push({
      level: 'warning',
      code: `mixed_${keyword.toLowerCase()}`,
      message: `${which} differ in ${keyword}: ${list}${more}; they are combined anyway`,
    });
  }
  return notes;
}

/** Repeated remarks as one message: `text (a.fits and 3 more)`. */
export function gathered(remarks: readonly { path: string; text: string }[], code: string): Note[] {
  const byText = new Map<string, { first: string; others: number }>();
  for (const { path, text } of remarks) {
    const known = byText.get(text);
    if (known === undefined) byText.set(text, { first: path, others: 0 });
    else known.others += 1;
  }
  return [...byText].map(([text, { first, others }]) => {
    const more = others > 0 ? ` and ${others} more` : '';
    return { level: 'warning' as const, code, message: `${text} (${basename(first)}${more})`, path: first };
  });
}
