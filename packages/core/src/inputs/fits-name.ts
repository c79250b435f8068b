import { basename } from 'node:path';

const FITS_NAME = /\.(fits|fit|fts)(\.gz|\.fz|\.bz2)?$/i;

/** Whether a file in a folder counts as a FITS file. */
export function isFitsName(path: string): boolean {
  return FITS_NAME.test(path);
}

/** The base name without its FITS extension, in lower case: `M31.Fits.gz` is `m31`. */
export function fitsStem(path: string): string {
  return basename(path).toLowerCase().replace(FITS_NAME, '');
}

/** The path without its FITS extension, as written. */
export function withoutFitsEnding(path: string): string {
  return path.replace(FITS_NAME, '');
}
