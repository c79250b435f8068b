import { formatDate, parseDate } from '../date.ts';
import type { HduFacts } from '../device.ts';

type Keywords = HduFacts['keywords'];

/** The time of the day, where DATE-OBS is but a day: HST and others; KPNO and Keck; older cameras. */
const TIMES = ['TIME-OBS', 'UTC-OBS', 'UTSTART', 'UT-START', 'UT', 'UTC'];

/** Hours of the day, where they are a number; UTC is seconds at ESO. */
const HOURS = 'UT';

/** The start as a modified Julian date. */
export const MJD = 'MJD-OBS';

export const START_KEYWORDS = [...TIMES, MJD];

const DAY = /^(\d{4}-\d\d-\d\d|\d{1,2}\/\d{1,2}\/(\d{2}|\d{4}))$/;
const CLOCK = /^(\d|[01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?$/;

const DAY_MS = 86_400_000;
/** MJD of 1970-01-01. */
const EPOCH = 40_587;
/** Days of 1900 to 2100: other numbers are no dates of exposures. */
const FIRST = 15_020;
const LAST = 88_069;

/**
 * DATE-OBS with the time of the day that stands elsewhere, if it is but a day or is not there; undefined where nothing is
 * to be added.
 */
export function startOf(keywords: Keywords): string | undefined {
  const date = String(keywords['DATE-OBS'] ?? '').trim();
  const day = DAY.test(date) ? parseDate(date) : null;
  if (day === null && date !== '') return undefined;
  const time = day === null ? null : timeOf(keywords);
  const start = day !== null && time !== null ? `${formatDate(day)?.slice(0, 10)}T${time}` : julian(keywords[MJD], day);
  return start ?? undefined;
}

/** `05:30:10.5`, by whichever keyword tells it. */
function timeOf(keywords: Keywords): string | null {
  for (const key of TIMES) {
    const value = keywords[key];
    if (key === HOURS && typeof value === 'number' && value >= 0 && value < 24) return clock(value * 3_600_000);
    const match = CLOCK.exec(String(value ?? '').trim());
    if (match !== null) return `${(match[1] ?? '').padStart(2, '0')}:${match[2]}:${match[3] ?? '00'}`;
  }
  return null;
}

function clock(ms: number): string | null {
  // Not the midnight of the next day.
  return formatDate(Math.min(Math.round(ms), DAY_MS - 1))?.slice(11) ?? null;
}

/** The moment of an MJD with a fraction, unless it is of another day: whole ones may be but days. */
function julian(mjd: Keywords[string] | undefined, day: number | null): string | null {
  if (typeof mjd !== 'number' || Number.isInteger(mjd) || mjd < FIRST || mjd > LAST) return null;
  const midnight = (Math.floor(mjd) - EPOCH) * DAY_MS;
  return day === null || day === midnight ? formatDate(Math.round((mjd - EPOCH) * DAY_MS)) : null;
}
