/**
 * Milliseconds since 1970 for a FITS date, `2015-01-10T05:37:18.52` or `2015-01-10`, or in the form of before 2000
 * `30/03/76`, which is a day of the 1900s; null when it is not one.
 */
export function parseDate(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const old = /^\s*(\d{1,2})\/(\d{1,2})\/(\d{2}|\d{4})\s*$/.exec(text);
  if (old !== null) return parseDay(Number(old[1]), Number(old[2]), Number(old[3]));
  const match = /^\s*(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?Z?\s*$/.exec(text);
  if (match === null) return null;
  const time = match[2] ?? 'T00:00:00';
  const parsed = Date.parse(`${match[1]}${match[3] === undefined && match[2] !== undefined ? `${time}:00` : time}Z`);
  return Number.isNaN(parsed) ? null : parsed;
}

function parseDay(day: number, month: number, year: number): number | null {
  // Two digits are always of the 1900s (FITS standard 4.0, section 4.4.2.1).
  const full = year < 100 ? 1900 + year : year;
  const date = new Date(Date.UTC(full, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : null;
}

/** `2015-01-10T05:37:18.520`, without a time zone because FITS has none. */
export function formatDate(ms: number): string | null {
  const date = new Date(ms);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  // Years beyond 9999 have a form that FITS does not know.
  return /^\d{4}-/.test(text) ? text.replace('Z', '') : null;
}

/** Value of DATE: the current time, or with `reproducible` SOURCE_DATE_EPOCH, or null. */
export function outputDate(reproducible: boolean, epoch: string | undefined, now: () => number): string | null {
  if (!reproducible) return formatDate(now())?.slice(0, 19) ?? null;
  if (epoch === undefined || !/^\d{1,12}$/.test(epoch)) return null;
  return formatDate(Number(epoch) * 1000)?.slice(0, 19) ?? null;
}
