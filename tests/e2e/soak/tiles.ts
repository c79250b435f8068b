import { mkdirSync } from 'node:fs';
import { Canvas } from '../canvas.ts';
import { type Plane, sky } from '../fits.ts';
import type { Chance } from './chance.ts';

/** Tiles of one grid, in a folder of their own. */
export interface TileSet {
  paths: string[];
  /** A file with the grid. */
  like: string;
  planes: number;
}

/** Writes 2 to 5 tiles of chance: sizes, offsets, turns, missing pixels, weight maps, colour, compression. */
export function tileSet(dir: string, chance: Chance): TileSet {
  mkdirSync(dir);
  const size = chance.whole(40, 260);
  const canvas = new Canvas(dir, size, chance.whole(40, 260));
  const planes = chance.is(0.3) ? 3 : 1;
  const turned = chance.is(0.3);
  const withMaps = chance.is(0.3);
  const paths = Array.from({ length: chance.whole(2, 5) }, (_, n) => {
    const [width, height] = [chance.whole(20, 200), chance.whole(20, 200)];
    const level = 1000 + chance.next() * 50;
    const hole = chance.whole(5, 400);
    const noise = chance.whole(1, 1 << 20);
    const pixel = (x: number, y: number, plane: number) =>
      Math.floor(level + 100 * plane + ((x * 7919 + y * 104729 + noise) % 197) + ((x * y) % 11));
    const main: Plane = {
      width,
      height,
      planes,
      value: (x, y, p) => ((x + 3 * y) % hole === 1 ? Number.NaN : pixel(x, y, p)),
    };
    const offset: [number, number] = [chance.next() * size - width / 3, chance.next() * canvas.height - height / 3];
    if (turned) {
      const cards = sky(width, height, [150 + chance.next() * 0.02, 30 + chance.next() * 0.02], 1, chance.next() * 360);
      return canvas.tile(`t${n}.fits`, offset, { ...main, cards });
    }
    if (planes === 1 && !withMaps && chance.is(0.3)) {
      return canvas.compressed(`t${n}.fits`, offset, { ...main, planes: 1 }, chance.whole(1, 40));
    }
    const map: Plane = { name: 'WEIGHT', width, height, value: (x, y) => ((x * y) % 37 === 0 ? 0 : 1 + ((x + y) % 5)) };
    return canvas.tile(`t${n}.fits`, offset, main, ...(withMaps ? [map] : []));
  });
  return { paths, like: canvas.like, planes };
}
