import { dirname } from 'node:path';
import { IMAGE_WORDS } from '../inputs/companions.ts';
import { fitsStem } from '../inputs/fits-name.ts';
import { STATE_WORDS } from '../inputs/states.ts';
import { type Note, one } from './mixed.ts';
import { sameShape } from './role.ts';
import { onSameSky } from './same-sky.ts';
import type { Tile } from './tile.ts';
import { sameUnit } from './unit.ts';

/** What an image of the sky says of its exposure, and many a plane of it does not. */
const OF_EXPOSURES = ['EXPTIME', 'DATE-OBS', 'FILTER'];

/** Where a word of a name begins. */
const JOINTS = /[._ -]+/g;

/** Names of filters and channels, which images of one series differ in as well. */
const FILTERS =
  /^(sloan|sdss|ps1?|vst|johnson|bessell?|cousins)?[ ._-]?([a-z]['s]?|[a-z]p|[ujhkyz]s|ha|hb|halpha|hbeta|h-?alpha|o3|n2|s2|h2|oi{1,3}|ni{1,2}|si{1,3}|nir|fuv|nuv|uv\w*|lum|luminance|red|green|blue|rgb|lrgb|l?[hson]{2,3}|clear|white|wide|narrow)$/;

/**
 * Tiles that no convention knows for planes, but that look like one: named like another tile with a word behind it, on the very same
 * pixels of the sky, and unlike it in what images of one camera share.
 */
export function planeLike(tiles: readonly Tile[]): Note[] {
  const files = new Map(tiles.map((tile) => [tile.path, tile]));
  const images = new Map<string, Tile[]>();
  for (const [path, tile] of files) {
    for (const stem of stemsOf(path)) images.set(stem, [...(images.get(stem) ?? []), tile]);
  }
  return [...files].flatMap(([path, tile]) => {
    for (const { stem, word } of partsOf(path)) {
      if (isOfImages(word)) continue;
      const beside = (images.get(stem) ?? []).filter((other) => other.path !== path && onTop(tile, other));
      const told = beside.map((image) => tells(tile, image)).find((text) => text !== null);
      // The word alone, so that those of a whole folder are one line.
      const reason = `has the name of another tile with '${word}' behind it, lies on the very same sky and is ${told}: it looks like a plane of that tile, but is averaged in; leave it out with --exclude if it is no image of the sky`;
      if (told !== undefined) return [one('plane_like', path, reason)];
    }
    return [];
  });
}

/** The names that planes of an image may begin with: its own, and that without its last word if it is one of images. */
function stemsOf(path: string): string[] {
  const whole = keyOf(path, fitsStem(path));
  return [whole, ...partsOf(path).flatMap(({ stem, word }) => (IMAGE_WORDS.has(word) ? [stem] : []))];
}

/** Every way to part a name into a beginning and a word. */
function partsOf(path: string): { stem: string; word: string }[] {
  const name = fitsStem(path);
  return [...name.matchAll(JOINTS)].flatMap(({ index, 0: joint }) => {
    const [stem, word] = [name.slice(0, index), name.slice(index + joint.length)];
    return stem === '' || word === '' ? [] : [{ stem: keyOf(path, stem), word }];
  });
}

function keyOf(path: string, stem: string): string {
  return `${dirname(path)}/${stem}`;
}

/** Whether it is a word of images, or one in which those of a series differ: numbers, dates, filters, short words with a number. */
function isOfImages(word: string): boolean {
  return (
    IMAGE_WORDS.has(word) ||
    STATE_WORDS.has(word) ||
    FILTERS.test(word) ||
    /^[a-z]{0,5}[ ._-]?\d/.test(word) ||
    /\d.*\d/.test(word)
  );
}

function onTop(tile: Tile, image: Tile): boolean {
  return sameShape(tile.hdu, image.hdu) && onSameSky(tile.hdu, image.hdu);
}

/** What tells that a file is no image like its neighbour; null where nothing does. */
function tells({ hdu: plane }: Tile, { hdu: image }: Tile): string | null {
  const text = (key: string, { keywords }: Tile['hdu']) => String(keywords[key] ?? '').trim();
  const [filter, other] = [text('FILTER', plane), text('FILTER', image)];
  if (filter !== '' && other !== '' && filter !== other) return null;
  // Whole numbers beside them: flags, counts and labels are never more finely graded than their image.
  if (plane.bitpix > 0 && (image.bitpix < 0 || plane.bitpix < image.bitpix)) return 'in whole numbers';
  const [unit, own] = [text('BUNIT', plane), text('BUNIT', image)];
  if (own !== '' && sameUnit(unit) !== sameUnit(own)) return unit === '' ? 'without its BUNIT' : `in ${unit}`;
  const missing = OF_EXPOSURES.filter((key) => text(key, plane) === '' && text(key, image) !== '');
  return missing.length === 0 ? null : `without its ${missing.join(' and ')}`;
}
