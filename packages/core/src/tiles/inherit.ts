import type { FileFacts, HduFacts } from '../device.ts';
import { filterOf } from './filter.ts';

/** Keywords that say what one HDU is, never what a file is. */
const OF_HDU = ['EXTVER', 'HDUCLAS2', 'HDUCLAS3', 'EXTTYPE'];

/** Those that an image in the primary HDU has for itself. */
const OF_IMAGE = ['FLXSCALE', 'BUNIT'];

/** Other names of keywords, where the first is missing. */
export const ALIASES = {
  EXPTIME: ['EXPOSURE', 'EXP_TIME', 'ITIME'],
  'DATE-OBS': ['DATE_OBS', 'DATE-BEG'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The time of the day, where DATE-OBS is but a day: HST and others; KPNO and Keck; older cameras. */
const TIMES = ['TIME-OBS', 'UTC-OBS', 'UTSTART', 'UT-START', 'UT', 'UTC'];

export const ALIAS_KEYWORDS = [...Object.values(ALIASES).flat(), ...TIMES];

const DAY = /^\d{4}-\d\d-\d\d$/;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?$/;

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
  const date = String(keywords['DATE-OBS'] ?? '').trim();
  const time = TIMES.map((key) => String(keywords[key] ?? '').trim()).find((text) => CLOCK.test(text));
  if (time !== undefined && DAY.test(date)) keywords['DATE-OBS'] = `${date}T${time}`;
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
