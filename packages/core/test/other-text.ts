import type { OptionRow } from '../src/config/options.ts';

const TEXTS = ['all', 'true', 'false', '1', '0.5', '20', '10,20', 'R=A,G=B,B=C', 'B'];

/** Text of a value that is not the default, for any row; null if there is only one choice. */
export function otherText({ kind, default: fallback }: OptionRow): string | null {
  // The file must exist.
  const texts = kind.allowed === 'a path' ? [import.meta.path] : [...TEXTS, ...kind.allowed.split(', ')];
  const other = texts.find((text) => {
    try {
      return !Bun.deepEquals(kind.parse(text), fallback);
    } catch {
      return false;
    }
  });
  return other ?? null;
}
