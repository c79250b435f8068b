import type { HduFacts } from '../device.ts';

type Keywords = HduFacts['keywords'];

/** Keywords that name a filter where FILTER does not, the most telling first. */
const OTHERS = ['FILTNAM', 'FILTNAME', 'FILTERID', 'FPA.FILTERID', 'ESO INS FILT1 NAME', 'ESO INS FILT NAME', 'BAND'];

/** Wheels of which one holds the filter and the others nothing; JWST's second wheel is the PUPIL. */
const WHEELS = ['FILTER', 'FILTER1', 'FILTER2', 'FILTER3', 'FILTNAM1', 'FILTNAM2', 'PUPIL'];

export const FILTER_KEYWORDS = [...WHEELS, ...OTHERS];

/** Positions of a wheel without a filter. */
const NOTHING = /^(clear\w*|open|empty|none|n\/a|blank|no[ _-]?filter|unknown|undefined|imaging|clearp)$/i;

/** The filter of an image by whichever keyword its camera writes; null where none says. */
export function filterOf(keywords: Keywords): string | null {
  const word = (key: string) => String(keywords[key] ?? '').trim();
  const filter = word('FILTER');
  if (filter !== '' && !NOTHING.test(filter)) return filter;
  const wheels = WHEELS.map(word).filter((text) => text !== '' && !NOTHING.test(text));
  if (wheels.length > 0) return [...new Set(wheels)].join('+');
  const other = OTHERS.map(word).find((text) => text !== '');
  // A wheel that holds nothing is still what was used.
  return other ?? (filter === '' ? null : filter);
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
