import { basename } from 'node:path';
import type { FileFacts, HduFacts } from '../device.ts';
import type { Note } from './mixed.ts';

/** Images of one file that `--hdu all` took. */
export interface Taken {
  file: FileFacts;
  chosen: readonly HduFacts[];
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
      const { wcs, width, height } = hdu;
      if (wcs === undefined) continue;
      const key = JSON.stringify([
        width,
        height,
        wcs.projection,
        wcs.center,
        wcs.scaleArcsec,
        wcs.rotationDeg,
        wcs.mirrored,
      ]);
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
