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
  // Subaru; the INT's wide field camera; SOFIA; Keck.
  ['FILTER01', 'FILTER02', 'FILTER03'],
  ['WFFBAND'],
  ['SPECTEL1'],
  ['FILNAM'],
  ['FILNAME'],
  ['INSFILTE'],
  ['FILTERID'],
  ['FPA.FILTERID'],
  ['FPA.FILTER'],
  // HAWK-I and others have two wheels; FORS has the second one free.
  ['ESO INS FILT1 NAME', 'ESO INS FILT2 NAME', 'ESO INS FILT3 NAME'],
  ['ESO INS FILT NAME'],
  ['ESO INS FILT1 ID', 'ESO INS FILT2 ID', 'ESO INS FILT3 ID'],
  // The filter wheels of NACO; its other OPTIn are masks, polarizers and lenses.
  ['ESO INS OPTI4 NAME', 'ESO INS OPTI5 NAME', 'ESO INS OPTI6 NAME'],
  ['BAND'],
  // Spitzer; SDO, SOHO and Herschel, in their own unit.
  ['CHNLNUM'],
  ['WAVELNTH'],
];

/** Detectors that each see a band of their own, by what else their headers say. */
const DETECTORS = ['DETECTOR', 'INSTRUME', 'TELESCOP'];

export const FILTER_KEYWORDS = [...NAMES.flat(), ...DETECTORS];

/** Positions of a wheel without a filter. */
const NOTHING = /^(clear\w*|open|free|empty|none|n\/a|blank|no[ _-]?filter|unknown|undefined|imaging)$/i;

/** What FILNAM and FILNAME hold elsewhere. */
const FILE_NAME = /\.fi?ts?\b|\d{4}|\//i;

/** A filter in JWST's pupil wheel narrows the one before it; masks and lenses there are no filters. */
const PUPIL_FILTER = /^F\d{3}\w+$/;

/** The filter of an image by whichever keyword its camera writes; null where none says. */
export function filterOf(keywords: Keywords): string | null {
  const word = (key: string) => {
    const text = String(keywords[key] ?? '').trim();
    return key.startsWith('FILNAM') && FILE_NAME.test(text) ? '' : text;
  };
  for (const row of NAMES) {
    const held = row.map(word).filter((text) => text !== '' && !NOTHING.test(text));
    if (held.length === 0) continue;
    const pupil = word('PUPIL');
    // FILTER may be the answer of an earlier call.
    const narrowed = row[0] === 'FILTER' && PUPIL_FILTER.test(pupil) && !held[0]?.includes(pupil);
    return [...new Set(narrowed ? [...held, pupil] : held)].join('+');
  }
  // A wheel that holds nothing is still what was used.
  return (
    bandOfDetector(word) ??
    NAMES.flat()
      .map(word)
      .find((text) => text !== '') ??
    null
  );
}

/** Herschel's PSW, PMW and PLW; the six bands of SPHEREx, whose detectors have filters that vary along them. */
function bandOfDetector(word: (key: string) => string): string | null {
  const detector = word('DETECTOR');
  if (/^P[SML]W$/.test(detector)) return detector;
  const isSpherex = [word('TELESCOP'), word('INSTRUME')].some((name) => /^spherex/i.test(name));
  return isSpherex && /^[1-6]$/.test(detector) ? `SPHEREx ${detector}` : null;
}

const STOKES = ['I', 'Q', 'U', 'V'];
/** Rest frequencies in Hz (FITS 4.0, section 8.4). */
export const REST_FREQUENCIES = ['RESTFRQ', 'RESTFREQ'] as const;
/** What tells the frequency where no axis does. */
const FREQUENCIES = [...REST_FREQUENCIES, 'FREQ'] as const;

/** What a radio image's further axes of one pixel say: its Stokes parameter and its frequency. */
export const AXIS_KEYWORDS = [...[3, 4].flatMap((n) => [`CTYPE${n}`, `CRVAL${n}`]), ...FREQUENCIES];

/** `Stokes I, 1.4 GHz`, from axes of one pixel, the frequency else from its keyword; null without any. */
export function spectralOf({ axes, keywords }: HduFacts): string | null {
  const said = [3, 4].flatMap((n) => {
    const value = keywords[`CRVAL${n}`];
    if (axes[n - 1] !== 1 || typeof value !== 'number') return [];
    const type = String(keywords[`CTYPE${n}`] ?? '')
      .trim()
      .toUpperCase();
    if (type === 'STOKES') return [`Stokes ${STOKES[value - 1] ?? value}`];
    return type.startsWith('FREQ') ? [frequency(value)] : [];
  });
  const told = said.some((text) => text.endsWith('GHz')) ? null : frequencyOf(keywords);
  const all = told === null ? said : [...said, told];
  return all.length === 0 ? null : all.sort().reverse().join(', ');
}

function frequencyOf(keywords: Keywords): string | null {
  const hz = FREQUENCIES.map((key) => keywords[key]).find((value) => typeof value === 'number' && value > LEAST_HZ);
  if (typeof hz === 'number') return frequency(hz);
  // The channel of Planck and the like, in a unit that is not told.
  const channel = String(keywords.FREQ ?? '').trim();
  return channel === '' || channel === '0' ? null : `FREQ ${channel}`;
}

/** Smaller numbers are in another unit, or nothing. */
const LEAST_HZ = 1e6;

function frequency(hz: number): string {
  return `${Number((hz / 1e9).toPrecision(4))} GHz`;
}
