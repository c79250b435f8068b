import { basename } from 'node:path';
import type { FileFacts, HduFacts } from '../device.ts';
import { withoutFitsEnding } from '../inputs/fits-name.ts';
import type { Note } from './mixed.ts';
import { isImage } from './role.ts';

/** One file of each image: `a.fits`, `a.fit`, `a.fits.gz`, `a.fits.bz2` and `a.fits.fz` of equal shape and sky are one. */
export function oneOfEach(files: readonly FileFacts[]): { kept: FileFacts[]; notes: Note[] } {
  const groups = new Map<string, FileFacts[]>();
  for (const file of files) {
    const key = `${withoutFitsEnding(file.path)} ${skyOf(file)}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const dropped = new Set<FileFacts>();
  const notes: Note[] = [];
  for (const group of groups.values()) {
    const [taken, ...others] = [...group].sort((a, b) => packed(a.path) - packed(b.path));
    if (taken === undefined || others.length === 0 || skyOf(taken) === '') continue;
    for (const other of others) dropped.add(other);
    const names = [taken, ...others].map(({ path }) => basename(path));
    notes.push({
      level: 'warning',
      code: 'same_image',
      message: `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are one image; ${names[0]} is taken`,
    });
  }
  return { kept: files.filter((file) => !dropped.has(file)), notes };
}

/** Plain files first, and `.fits` before its other spellings. */
function packed(path: string): number {
  if (/\.fits$/i.test(path)) return 0;
  return /\.(gz|fz|bz2)$/i.test(path) ? 2 : 1;
}

/** The shapes and skies of the images in a file; empty when it has none. */
function skyOf({ hdus }: FileFacts): string {
  return hdus.filter(isImage).map(placeOf).join(';');
}

function placeOf({ width, height, planes, wcs }: HduFacts): string {
  const sky = wcs === undefined ? [] : [...wcs.center, wcs.scaleArcsec, wcs.rotationDeg];
  return [width, height, planes, ...sky.map((value) => value.toPrecision(10))].join(' ');
}
