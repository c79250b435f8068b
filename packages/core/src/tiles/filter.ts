import type { HduFacts } from '../device.ts';

type Keywords = HduFacts['keywords'];

/**
 * Keywords by which cameras name their filter, a row for each convention, the most telling first. The keywords of a row are
 * wheels (or beams) of one light path: those that hold a filter make its name together.
 */
const NAMES: readonly (readonly string[])[] = [
  ['FILTER'],
  // ACS and others; WFPC2; JWST's second wheel.
  ['FILTER1', 'FILTER2', 'FILTER3', 'FILTNAM1', 'FILTNAM2', 'PUPIL'],
  ['FILTNAM'],
  ['FILTNAME'],
  ['FILTERS'],
  ['INSFILTE'],
  ['FILTERID'],
  ['FPA.FILTERID'],
  // HAWK-I and others have two wheels; FORS has the second one free.
  ['ESO INS FILT1 NAME', 'ESO INS FILT2 NAME', 'ESO INS FILT3 NAME'],
  ['ESO INS FILT NAME'],
  ['ESO INS FILT1 ID', 'ESO INS FILT2 ID', 'ESO INS FILT3 ID'],
  ['BAND'],
  // Spitzer; SDO, SOHO and Herschel, in their own unit.
  ['CHNLNUM'],
  ['WAVELNTH'],
];

export const FILTER_KEYWORDS = NAMES.flat();

/** Positions of a wheel without a filter. */
const NOTHING = /^(clear\w*|open|free|empty|none|n\/a|blank|no[ _-]?filter|unknown|undefined|imaging)$/i;

/** A filter in JWST's pupil wheel narrows the one before it; masks and lenses there are no filters. */
const PUPIL_FILTER = /^F\d{3}\w+$/;

/** The filter of an image by whichever keyword its camera writes; null where none says. */
export function filterOf(keywords: Keywords): string | null {
  const word = (key: string) => String(keywords[key] ?? '').trim();
  for (const row of NAMES) {
    const held = row.map(word).filter((text) => text !== '' && !NOTHING.test(text));
    if (held.length === 0) continue;
    const pupil = word('PUPIL');
    // FILTER may be the answer of an earlier call.
    const narrowed = row[0] === 'FILTER' && PUPIL_FILTER.test(pupil) && !held[0]?.includes(pupil);
    return [...new Set(narrowed ? [...held, pupil] : held)].join('+');
  }
  // A wheel that holds nothing is still what was used.
  return FILTER_KEYWORDS.map(word).find((text) => text !== '') ?? null;
}

const STOKES = ['I', 'Q', 'U', 'V'];
/** What a radio image's further axes of one pixel say: its Stokes parameter and its frequency. */
export const AXIS_KEYWORDS = [3, 4].flatMap((n) => [`CTYPE${n}`, `CRVAL${n}`]);

/** `Stokes I, 1.4 GHz`, from axes of one pixel; null without such axes. */
export function spectralOf({ axes, keywords }: HduFacts): string | null {
  const said = [3, 4].flatMap((n) => {
    const value = keywords[`CRVAL${n}`];
    if (axes[n - 1] !== 1 || typeof value !== 'number') return [];
    const type = String(keywords[`CTYPE${n}`] ?? '')
      .trim()
      .toUpperCase();
    if (type === 'STOKES') return [`Stokes ${STOKES[value - 1] ?? value}`];
    return type.startsWith('FREQ') ? [`${Number((value / 1e9).toPrecision(4))} GHz`] : [];
  });
  return said.length === 0 ? null : said.sort().reverse().join(', ');
}
