import type { OptionRow } from '../src/config/options.ts';

const TEXTS = ['all', 'true', 'false', '1', '0.5', '20', '10,20', 'R=A,G=B,B=C', 'B'];

/** What has to be there: a file, an input. */
const FITTING: Record<string, string[]> = {
  'a path': [import.meta.path],
  'all, or a sum of bits, decimal or 0x': ['20'],
  'names or globs of inputs with commas between them': ['b.fits'],
};

/** Text of a value that is not the default, for any row there is or will be; null for a choice of one. */
export function otherText({ kind, default: fallback }: OptionRow): string | null {
  const texts = FITTING[kind.allowed] ?? [...TEXTS, ...kind.allowed.split(', ')];
  const other = texts.find((text) => {
    try {
      return !Bun.deepEquals(kind.parse(text), fallback);
    } catch {
      return false;
    }
  });
  return other ?? null;
}
