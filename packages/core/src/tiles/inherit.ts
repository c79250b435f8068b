import type { FileFacts, HduFacts } from '../device.ts';
import { filterOf } from './filter.ts';
import { START_KEYWORDS, startOf } from './start.ts';

/** Keywords that say what one HDU is, never what a file is. */
const OF_HDU = ['EXTVER', 'HDUCLAS2', 'HDUCLAS3', 'EXTTYPE'];

/** Those that an image in the primary HDU has for itself. */
const OF_IMAGE = ['FLXSCALE', 'BUNIT'];

/** Other names of keywords, where the first is missing. */
export const ALIASES = {
  EXPTIME: ['EXPOSURE', 'EXP_TIME', 'ITIME'],
  'DATE-OBS': ['DATE_OBS', 'DATE-BEG'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const ALIAS_KEYWORDS = [...Object.values(ALIASES).flat(), ...START_KEYWORDS];

/**
 * An HDU with the keywords that it lacks: those of the primary header, and those that it has under another name.
 */
export function inherited(file: FileFacts, hdu: HduFacts): HduFacts {
  const own = ofPrimary(file, hdu);
  const keywords = { ...own.keywords };
  for (const [key, names] of Object.entries(ALIASES)) {
    const name = names.find((one) => keywords[one] !== undefined);
    if (keywords[key] === undefined && name !== undefined) keywords[key] = keywords[name] ?? '';
  }
  const filter = filterOf(keywords);
  if (filter !== null) keywords.FILTER = filter;
  const start = startOf(keywords);
  if (start !== undefined) keywords['DATE-OBS'] = start;
  return { ...own, keywords };
}

function ofPrimary(file: FileFacts, hdu: HduFacts): HduFacts {
  const [primary] = file.hdus;
  if (primary === undefined || primary.index === hdu.index) return hdu;
  const keywords = { ...hdu.keywords };
  const own = primary.kind === 'empty' ? OF_HDU : [...OF_HDU, ...OF_IMAGE];
  for (const [key, value] of Object.entries(primary.keywords)) {
    const said = String(keywords[key] ?? '').trim() !== '';
    if (!said && !own.includes(key)) keywords[key] = value;
  }
  return { ...hdu, keywords };
}
