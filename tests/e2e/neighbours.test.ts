import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cards, partOf, readFits, sky, writeFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

const SIZE = 160;
const STEP = 110;
const WHOLE = SIZE + STEP;
const STARS = 280;

let dir = '';
const whole: Cards = sky(WHOLE, WHOLE, [150, 30], 2);
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

/** 0 to 1, the same for the same numbers. */
function random(...numbers: number[]): number {
  let h = 2166136261;
  for (const n of numbers) h = Math.imul(h ^ n, 16777619) ^ (h >>> 13);
  h = Math.imul(h ^ (h >>> 15), 2246822519);
  return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
}

interface Fault {
  /** Where the stars really are beside where the header says, px. */
  off?: [number, number];
  /** Number of the first star: others have other places. */
  field?: number;
  /** Standard deviation of a star's profile, px. */
  width?: number;
  flip?: (x: number, y: number) => [number, number];
  value?: (value: number) => number;
}

/** One of 2 x 2 tiles of a sky of stars with noise. */
function tile(
  set: string,
  n: number,
  { off = [0, 0], field = 0, width = 1.1, flip, value = (v) => v }: Fault = {},
): string {
  const corner: [number, number] = [(n % 2) * STEP, Math.floor(n / 2) * STEP];
  const pixels = new Float64Array(SIZE * SIZE);
  for (let i = 0; i < pixels.length; i += 1) {
    const noise = random(n, i, 1) + random(n, i, 2) + random(n, i, 3) - 1.5;
    pixels[i] = 1000 + 0.3 * ((i % SIZE) + corner[0]) + 10 * noise;
  }
  for (let star = field; star < field + STARS; star += 1) {
    const [x, y] = [0, 1].map((axis) => random(star, axis, 7) * WHOLE - (corner[axis] ?? 0) + (off[axis] ?? 0)) as [
      number,
      number,
    ];
    const peak = (40 / (random(star, 2, 7) + 0.01) / width ** 2) * 1.2;
    for (let py = Math.max(0, Math.ceil(y - 9)); py < Math.min(SIZE, y + 9); py += 1) {
      for (let px = Math.max(0, Math.ceil(x - 9)); px < Math.min(SIZE, x + 9); px += 1) {
        const light = peak * Math.exp(-((px - x) ** 2 + (py - y) ** 2) / (2 * width ** 2));
        pixels[py * SIZE + px] = (pixels[py * SIZE + px] ?? 0) + light;
      }
    }
  }
  const at = (x: number, y: number) => value(pixels[y * SIZE + x] ?? 0);
  return writeFits(join(dir, `${set}-${n}.fits`), {
    ...{ width: SIZE, height: SIZE, cards: partOf(whole, corner) },
    value: (x, y) => at(...(flip?.(x, y) ?? [x, y])),
  });
}

/** The warnings of a mosaic in which some tiles have faults: code, tile and reason of each. */
async function told(set: string, faults: Record<number, Fault>, { argv = [] as string[], tiles = 4 } = {}) {
  const inputs = Array.from({ length: tiles }, (_, n) => tile(set, n, faults[n]));
  const out = join(dir, `${set}.fits`);
  const ran = await zemosaic(['mosaic', ...inputs, '-o', out, '--json', '--reproducible', ...argv]);
  expect(ran.exit).toBe(0);
  const warnings = named(ran, 'warning').filter(({ code }) => String(code).startsWith('tile_'));
  return {
    out,
    told: warnings.map(({ code, path, reason }) => `${code} ${inputs.indexOf(String(path))}: ${reason}`),
    notes: named(ran, 'warning').filter(({ code }) => code === 'background'),
  };
}

const left = (x: number, y: number): [number, number] => [SIZE - 1 - x, y];
const down = (x: number, y: number): [number, number] => [x, SIZE - 1 - y];

test('good tiles are not named, whatever their seeing, levels, slopes, noise and hot pixels', async () => {
  const faults: Record<string, Record<number, Fault>> = {
    plain: {},
    seeing: { 0: { width: 0.9 }, 2: { width: 1.9 } },
    levels: { 1: { value: (v) => v + 300 }, 2: { value: (v) => v - 100 }, 3: { value: (v) => 1.2 * v } },
    hot: { 1: { value: (v) => (random(Math.round(v * 1e4)) < 0.005 ? 60_000 : v) } },
  };
  for (const [set, own] of Object.entries(faults)) {
    expect({ set, told: (await told(set, own)).told }).toEqual({ set, told: [] });
  }
});

test('a gain of 14.2 is told with its number, and matched on request', async () => {
  const fault = { 1: { value: (v: number) => 14.2 * v } };
  expect((await told('gain', fault)).told).toEqual([
    expect.stringMatching(/^tile_gain 1: its values are 14\.\d times those of its neighbours/),
  ]);
  const argv = ['--match-gain'];
  const two = await told('gain-two', fault, { argv, tiles: 2 });
  expect(two.notes).toEqual([]);
  expect(two.told.length).toBe(2);
  expect(two.told[0]).toMatch(/^tile_gain 0: its values are 0\.070\d times/);
  const gains = [...readFileSync(two.out, 'latin1').matchAll(/HISTORY tile gain-two-\d\.fits gain=([\d.]+)/g)];
  expect(Number(gains[0]?.[1]) / Number(gains[1]?.[1])).toBeCloseTo(14.2, 0);
  // Without stars the reason is another one.
  const none = { value: () => 1000 };
  const dark = await told('gain-dark', { 0: none, 1: none }, { argv, tiles: 2 });
  expect(String(dark.notes[0]?.message)).toMatch(/too few stars/);
});

test('gains of 2, 1.7 and 0.5 are told as what they are', async () => {
  for (const gain of [2, 1.7, 0.5]) {
    const { told: lines } = await told(`times-${gain}`, { 2: { value: (v) => gain * v } });
    const times = lines.map((line) => /^tile_gain 2: its values are ([\d.]+) times/.exec(line)?.[1] ?? line);
    expect(times.length).toBe(1);
    expect(Number(times[0]) / gain).toBeCloseTo(1, 1);
  }
});

test('a level far from those of the others is told', async () => {
  expect((await told('level', { 2: { value: (v) => v + 5000 } })).told).toEqual([
    expect.stringMatching(/^tile_level 2: its level is 5[01]\d\d above/),
  ]);
});

test('stars that are off are told in pixels of the tile', async () => {
  expect((await told('off', { 3: { off: [3.1, -0.8] } })).told).toEqual([
    expect.stringMatching(/^tile_shifted 3: its stars lie 3\.[12] px \(\+3\.[01], -0\.[789] in its pixels\)/),
  ]);
  const two = await told('off-two', { 1: { off: [-2, 2] } }, { tiles: 2 });
  expect(two.told.map((line) => line.slice(0, 14))).toEqual(['tile_shifted 0', 'tile_shifted 1']);
});

test('mirrored tiles are told', async () => {
  expect((await told('left', { 0: { flip: left } })).told).toEqual([
    expect.stringMatching(/^tile_mirrored 0: .*left to right$/),
  ]);
  expect((await told('down', { 3: { flip: down } })).told).toEqual([
    expect.stringMatching(/^tile_mirrored 3: .*upside down$/),
  ]);
});

test('a tile of another field is told', async () => {
  expect((await told('field', { 3: { field: 300 } })).told).toEqual([expect.stringMatching(/^tile_unlike 3: /)]);
});

test('a tile of 1e30 does not lift the others, and is named', async () => {
  const like = writeFits(join(dir, 'like.fits'), { width: WHOLE, height: WHOLE, cards: whole, value: () => 0 });
  const argv = ['--like', like];
  const absurd = await told('absurd', { 3: { value: (x) => 1e30 * (1 + 1e-4 * (x % 2)) } }, { argv });
  expect(absurd.told).toEqual([expect.stringMatching(/^tile_absurd 3: its values of 1e30 .* 1\d\d\d of the tiles/)]);
  const without = await told('three', {}, { argv, tiles: 3 });
  const [a, b] = [readFits(absurd.out)[0], readFits(without.out)[0]];
  if (a === undefined || b === undefined) throw new Error('no image');
  // What the bad tile does not reach is the same to the bit.
  const part = (values: Float32Array) => [...values.subarray(0, 100 * WHOLE)];
  expect(part(a.values)).toEqual(part(b.values));
});
