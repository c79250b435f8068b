import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type Plane, readFits, sky, writeFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';
import { writeRice } from './rice.ts';

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

/** A turned frame in a border of 0, as registration leaves it. */
const value = (x: number, y: number) => (x < 40 || y >= 1400 ? 0 : 500 + ((x * 31 + y * 17) % 211));
const tiles: Plane[] = [0, 60].map((offset, i) => ({
  width: 1700,
  height: 1500,
  cards: sky(1700, 1500, [150, 30 + offset / 3600], 1, 40 + i),
  value,
}));

/** The mosaic's values and coverage, and the most bytes of a chunk. */
async function made(paths: string[], words: string[]) {
  const out = join(dir, 'out.fits');
  const ran = await zemosaic(['mosaic', ...paths, '-o', out, '--force', '--rotation', 'north-up', '--json', ...words]);
  expect(ran.exit).toBe(0);
  const hashes = readFits(out).map(({ values }) => Bun.hash(values));
  return { hashes, peak: Math.max(...named(ran, 'chunk.done').map(({ peak_bytes }) => Number(peak_bytes))) };
}

describe('turned tiles', () => {
  test('held in parts of their rows, they give what whole rows do, in less memory', async () => {
    const plain = tiles.map((plane, i) => writeFits(join(dir, `plain-${i}.fits`), plane));
    // Rows that are compressed as a whole are held as a whole.
    const whole = tiles.map((plane, i) => writeRice(join(dir, `rice-${i}.fits`), plane, 1));
    for (const words of [
      ['--chunk-rows', '64'],
      ['--chunk-rows', '64', '--kernel', 'lanczos4', '--match-background', 'plane', '--trim', '6'],
      ['--chunk-rows', '300', '--kernel', 'exact', '--blank', 'none', '--combine', 'median'],
      ['--chunk-rows', '64', '--feather', '25'],
    ]) {
      const parts = await made(plain, words);
      const rows = await made(whole, words);
      expect(parts.hashes).toEqual(rows.hashes);
      // A soft edge is found from whole rows.
      if (words.includes('64') && !words.includes('--feather')) expect(parts.peak).toBeLessThan(0.6 * rows.peak);
    }
  }, 60_000);
});
