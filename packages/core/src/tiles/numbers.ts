import type { FileFacts } from '../device.ts';
import { REST_FREQUENCIES } from './filter.ts';
import { OBSERVER } from './frames.ts';
import { ALIASES } from './inherit.ts';
import { MASK_CARDS } from './mask-bits.ts';
import { MJD } from './start.ts';
import { BEAM_KEYWORDS } from './unlike.ts';
import { WEIGHT_KEYWORDS } from './weight.ts';
import { ZERO_POINTS } from './zero-point.ts';

/** Numbers that are true of the values as the tiles have them. */
export const PHOTOMETRIC = [...ZERO_POINTS, 'PHOTPLAM'] as const;

/** The factor on all values: one that cannot be used is told. */
const SCALE = 'FLXSCALE';

/** Keywords whose values are numbers; the engine reads those of the WCS and of the pixels itself. */
const NUMBERS = new Set<string>([
  ...[SCALE, 'EXPTIME', ...ALIASES.EXPTIME, MJD, 'EXTVER', 'GAIN', 'SATURATE', 'CRVAL3', 'CRVAL4', ...REST_FREQUENCIES],
  ...PHOTOMETRIC,
  ...BEAM_KEYWORDS,
  ...OBSERVER.map(([key]) => key),
  ...MASK_CARDS,
  ...WEIGHT_KEYWORDS,
]);

const DIGITS = /^[+-]?(\d+\.?\d*|\.\d+)([ed][+-]?\d+)?$/i;

/** A finite number written as text, FORTRAN's D for E included; null for any other text. */
function numberIn(text: string): number | null {
  const plain = text.trim();
  const value = DIGITS.test(plain) ? Number(plain.replace(/d/i, 'e')) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** Makes numbers of those that stand in quotes, with a warning of the file; `also`: keywords that were asked for as numbers. */
export function readNumbers(file: FileFacts, also: readonly string[] = []): void {
  const told = new Set(file.warnings);
  for (const { keywords } of file.hdus) {
    // There are fewer keywords than kinds of numbers.
    for (const key in keywords) {
      const text = keywords[key];
      if (key === SCALE && typeof text === 'number' && !(text > 0))
        told.add(`${key} is ${text}, not above 0; it is ignored`);
      if (typeof text !== 'string' || !(NUMBERS.has(key) || also.includes(key))) continue;
      const value = numberIn(text);
      if (value === null) {
        if (key === SCALE) told.add(`${key} is '${text}', no number; it is ignored`);
        continue;
      }
      keywords[key] = value;
      told.add(`${key} is a number in quotes; it is read as ${value}`);
    }
  }
  if (told.size > file.warnings.length) file.warnings = [...told];
}
