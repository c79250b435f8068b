import { basename } from 'node:path';
import type { FileFacts, HduFacts } from '../device.ts';
import type { Note } from './mixed.ts';

/** Images of one file that `--hdu all` took. */
export interface Taken {
  file: FileFacts;
  chosen: readonly HduFacts[];
}

/** The same for images that lie exactly on each other; null where it is not known. */
function placeOnSky({ wcs, width, height }: HduFacts): string | null {
  if (wcs === undefined) return null;
  const { projection, center, scaleArcsec, rotationDeg, mirrored } = wcs;
  return JSON.stringify([width, height, projection, center, scaleArcsec, rotationDeg, mirrored]);
}

/** Whether two images of a file lie exactly on each other, as an image and its maps do, and CCDs do not. */
export function onSameSky(a: HduFacts, b: HduFacts): boolean {
  const place = placeOnSky(a);
  return place !== null && place === placeOnSky(b);
}

/** One warning that counts the HDUs that were left out because they lie exactly on the one that was taken. */
export function leftOnSkyNotes(left: readonly HduFacts[]): Note[] {
  const [first] = left;
  if (first === undefined) return [];
  const names = [...new Set(left.map((hdu) => hdu.name ?? `HDU ${hdu.index}`))];
  const shown = `${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}`;
  const what = left.length === 1 ? 'image HDU lies' : 'image HDUs lie';
  const message = `${left.length} more ${what} exactly on the one that is taken, as maps do that belong to it, and ${left.length === 1 ? 'is' : 'are'} left out (${shown}); --hdu NAME takes another instead`;
  return [{ level: 'warning', code: 'other_hdus', message }];
}

/**
 * One warning that names the extensions that lie exactly on another image of their file: no CCD does, but models,
 * differences and maps do, under names that no convention knows.
 */
export function sameSkyNotes(taken: readonly Taken[]): Note[] {
  const names = new Set<string>();
  const files = new Set<string>();
  for (const { file, chosen } of taken) {
    const groups = new Map<string, HduFacts>();
    for (const hdu of chosen) {
      const key = placeOnSky(hdu);
      if (key === null) continue;
      const before = groups.get(key);
      if (before === undefined) groups.set(key, hdu);
      else {
        for (const one of [before, hdu]) names.add(one.name ?? `HDU ${one.index}`);
        files.add(file.path);
      }
    }
  }
  const [first] = files;
  if (first === undefined) return [];
  const shown = [...names].slice(0, 6);
  const more = names.size > shown.length ? ` and ${names.size - shown.length} more` : '';
  const others = files.size > 1 ? ` and ${files.size - 1} more files` : '';
  const message = `--hdu all averages images of one file that lie exactly on each other, which CCDs do not: ${shown.join(', ')}${more} (${basename(first)}${others}); name the right ones with --hdu NAME`;
  return [{ level: 'warning', code: 'same_sky', message }];
}
