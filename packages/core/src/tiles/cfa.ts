import type { HduFacts } from '../device.ts';

const KEYWORDS = ['BAYERPAT', 'CFAPAT', 'CFA', 'COLORTYP'];
const PATTERN = /^[RGBCMYWE]{4,36}$/;

/**
 * Why a frame that still has its colour filter array cannot be a tile; null when it has none. Cameras' BAYERPAT stays
 * in frames that were debayered since, so only single planes are refused.
 */
export function colourFilterArray(hdu: HduFacts): string | null {
  if ((hdu.planes ?? 1) !== 1) return null;
  for (const key of KEYWORDS) {
    const value = hdu.keywords[key];
    if (value === undefined || value === false) continue;
    if (value === true || PATTERN.test(String(value).trim().toUpperCase().replace(/\s+/g, ''))) {
      return `${key}=${String(value).trim()} says that the image is not debayered; debayer it first`;
    }
  }
  return null;
}
