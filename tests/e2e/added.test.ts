import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Image, readFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

/** Tonight's tiles added to yesterday's mosaic, on its grid and with its COVERAGE as weight, as docs/recipes.md has it. */

const NOISE = 3;
const STARS: [x: number, y: number][] = [
  [40, 40],
  [75, 62],
  [101.4, 33.7],
  [58.2, 88.9],
  [118, 91],
];
const [width, height] = [160, 120];

let dir = '';
let canvas: Canvas;
/** Tiles of one level, and tiles of one level each. */
const nights = { even: [] as string[], uneven: [] as string[] };
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, width, height);
  nights.even = Array.from({ length: 7 }, (_, n) => tile(n, 0));
  nights.uneven = Array.from({ length: 7 }, (_, n) => tile(n, 40 * n));
});
afterAll(() => remove(dir));

/** Numbers of a normal distribution, the same on every machine. */
function normal(seed: number): () => number {
  let state = BigInt(seed + 1);
  const next = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A dithered tile with noise and stars. */
function tile(n: number, level: number): string {
  const random = normal(n);
  const offset: [number, number] = [6 + 7.3 * (n % 3) + 0.37 * n, 5 + 5.1 * (n % 2) + 0.61 * n];
  const value = (x: number, y: number) => {
    const light = STARS.map(([sx, sy]) => Math.exp(-((x + offset[0] - sx) ** 2 + (y + offset[1] - sy) ** 2) / 5));
    return 1000 + level + 5000 * light.reduce((a, b) => a + b) + NOISE * random();
  };
  const cards = { EXPTIME: 60, NCOMBINE: n === 2 ? 3 : 1 };
  return canvas.tile(`night-${level}-${n}.fits`, offset, { width: 120, height: 90, value, cards });
}

async function mosaic(
  name: string,
  ...words: string[]
): Promise<{ path: string; images: Image[]; warnings: unknown[] }> {
  const path = join(dir, name);
  const ran = await zemosaic(['mosaic', ...words, '-o', path, '--force', '--json']);
  expect(ran.exit).toBe(0);
  return { path, images: readFits(path), warnings: named(ran, 'warning').map(({ code }) => code) };
}

/** Mean and rms of the difference of two mosaics where both have data, and how many pixels only one has. */
function compare([a]: Image[], [b]: Image[]) {
  const [one, two] = [a?.values ?? [], b?.values ?? []];
  let [sum, squares, count, alone] = [0, 0, 0, 0];
  for (let i = 0; i < one.length; i += 1) {
    const difference = (one[i] ?? 0) - (two[i] ?? 0);
    if (Number.isFinite(difference)) {
      sum += difference;
      squares += difference ** 2;
      count += 1;
    } else if (Number.isNaN(one[i]) !== Number.isNaN(two[i])) alone += 1;
  }
  const mean = sum / count;
  return { mean, rms: Math.sqrt(squares / count - mean ** 2), count, alone };
}

/** Light of a star above its surroundings. */
function flux([image]: Image[], [x, y]: [number, number]): number {
  const at = (px: number, py: number) => image?.values[py * width + px] ?? 0;
  let [light, pixels] = [0, 0];
  const ring: number[] = [];
  for (let py = Math.round(y) - 12; py <= Math.round(y) + 12; py += 1) {
    for (let px = Math.round(x) - 12; px <= Math.round(x) + 12; px += 1) {
      const radius = Math.hypot(px - x, py - y);
      if (radius < 7) {
        light += at(px, py);
        pixels += 1;
      } else if (radius > 9) ring.push(at(px, py));
    }
  }
  return light - pixels * (ring.sort((a, b) => a - b)[ring.length >> 1] ?? 0);
}

async function nightByNight(tiles: readonly string[], words: readonly string[]) {
  const before = await mosaic('yesterday.fits', ...tiles.slice(0, 4), '--like', canvas.like, ...words);
  const added = await mosaic('today.fits', before.path, ...tiles.slice(4), '--like', before.path, ...words);
  const all = await mosaic('all.fits', ...tiles, '--like', canvas.like, ...words);
  return { added, all, ...compare(added.images, all.images) };
}

describe('a mosaic grows night by night', () => {
  test.each([
    ['levels as they are', 'even', ['--match-background', 'none']],
    ['exact', 'even', ['--match-background', 'none', '--kernel', 'exact']],
    ['levels matched', 'uneven', []],
  ] as const)('%s: the sky of all tiles at once, within a fifth of the noise', async (_, which, words) => {
    const { added, all, rms, mean, count, alone } = await nightByNight(nights[which], words);
    expect(added.warnings).toEqual([]);
    expect([count > 12_000, alone]).toEqual([true, 0]);
    // A pixel at the rim of a tile, which gives way to whole ones, is whole in the mosaic: there alone they differ.
    expect(rms).toBeLessThan(0.2 * (NOISE / Math.sqrt(7)));
    if (which === 'even') expect(Math.abs(mean)).toBeLessThan(0.01);
    for (const star of STARS) expect(flux(added.images, star) / flux(all.images, star)).toBeCloseTo(1, 3);
    const depth = (images: Image[]) => images[1]?.values.reduce((a, b) => a + b, 0) ?? 0;
    expect(depth(added.images) / depth(all.images)).toBeCloseTo(1, 2);
  });

  test('without its coverage it counts as one tile, which is another sky', async () => {
    const { rms } = await nightByNight(nights.even, ['--match-background', 'none', '--weights', 'none']);
    expect(rms).toBeGreaterThan(0.2 * (NOISE / Math.sqrt(7)));
  });
});
