import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Image, readFits, sky, writeFits } from './fits.ts';
import { named, remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

/** Counts per pixel of the ramp, and what each of three tiles adds to it. */
const RAMP = 5;
const LEVELS = [0, 30, -20];
const SIZE = 160;
const STEP = 100;

let dir = '';
let tiles: string[] = [];
beforeAll(() => {
  dir = temporary();
  tiles = LEVELS.map((level, n) => rampTile(n, level, 1));
});
afterAll(() => remove(dir));

/** Side by side on one tangent plane, so that the ramp is one on the mosaic too. */
function rampTile(n: number, level: number, planes: number): string {
  const cards = { ...sky(SIZE, SIZE, [80, 0], 2), CRPIX1: (SIZE + 1) / 2 + STEP * (1 - n) };
  const value = (x: number, _: number, plane: number) => 1000 + RAMP * (x + STEP * n) + level * (1 - 2 * plane);
  return writeFits(join(dir, `ramp${n}-${planes}.fits`), { width: SIZE, height: SIZE, planes, cards, value });
}

async function mosaic(name: string, argv: string[], inputs = tiles, environment: Record<string, string> = {}) {
  const out = join(dir, name);
  const ran = await zemosaic(['mosaic', ...inputs, '-o', out, '--json', '--reproducible', ...argv], environment);
  expect(ran.exit).toBe(0);
  const [image] = readFits(out);
  if (image === undefined) throw new Error('no image');
  return { out, ran, image };
}

/** The largest departure from a straight line through the middle row, and its slope. */
function line({ width, height, values }: Image, plane = 0): { slope: number; off: number } {
  const from = (plane * height + Math.floor(height / 2)) * width;
  const row = [...values.subarray(from, from + width)].flatMap((v, x) => (Number.isFinite(v) ? [{ x, v }] : []));
  expect(row.length).toBeGreaterThan(2 * STEP + SIZE - 4);
  const mean = (value: (one: { x: number; v: number }) => number) =>
    row.reduce((sum, one) => sum + value(one), 0) / row.length;
  const [x0, v0] = [mean(({ x }) => x), mean(({ v }) => v)];
  const slope = mean(({ x, v }) => (x - x0) * (v - v0)) / mean(({ x }) => (x - x0) ** 2);
  return { slope, off: Math.max(...row.map(({ x, v }) => Math.abs(v - v0 - slope * (x - x0)))) };
}

describe('background matching', () => {
  test('three levels under a ramp: the seams go, the slope stays, the report and HISTORY tell', async () => {
    const { out, ran, image } = await mosaic('offset.fits', ['--report']);
    const { slope, off } = line(image);
    expect(Math.abs(slope - RAMP)).toBeLessThan(RAMP * 1e-3);
    expect(off).toBeLessThan(0.01);
    const [{ channels }] = named(ran, 'background.done') as unknown as [
      { channels: { rms_before: number; rms_after: number; tiles: { offset: number }[] }[] },
    ];
    // Mean zero over the tiles: what is added is the mean level minus the tile's.
    const offsets = channels[0]?.tiles.map(({ offset }) => offset) ?? [];
    const mean = LEVELS.reduce((a, b) => a + b) / LEVELS.length;
    expect(offsets.length).toBe(LEVELS.length);
    for (const [n, offset] of offsets.entries()) expect(offset).toBeCloseTo(mean - (LEVELS[n] ?? 0), 2);
    expect(channels[0]?.rms_before).toBeGreaterThan(20);
    expect(channels[0]?.rms_after).toBeLessThan(0.01);
    const report = JSON.parse(readFileSync(out.replace('.fits', '.report.json'), 'utf8'));
    expect(report.background).toMatchObject({ model: 'offset', channels });
    expect(readFileSync(out, 'latin1').slice(0, 10_000)).toMatch(/HISTORY tile ramp1-1\.fits offset=-26\.6\d+/);
    // None leaves the seams, so that the test can fail.
    const none = await mosaic('none.fits', ['--match-background', 'none']);
    expect(line(none.image).off).toBeGreaterThan(5);
    expect(named(none.ran, 'background.done')).toEqual([]);
  });

  test('neither chunks, threads nor memory change a byte', async () => {
    const sums = new Set<string>();
    for (const [n, argv] of [
      [],
      ['--chunk-rows', '1'],
      ['--chunk-rows', '7', '--threads', '1'],
      ['--ram-mb', '16'],
    ].entries()) {
      const { out } = await mosaic(`same${n}.fits`, ['--match-background', 'plane', '--match-gain', ...argv]);
      sums.add(await sha256(out));
    }
    expect(sums.size).toBe(1);
  });

  test('every backend, and every channel by itself', async () => {
    const inputs = LEVELS.map((level, n) => rampTile(n, level, 3));
    const cpu = await mosaic('cpu.fits', ['--backend', 'cpu'], inputs);
    for (const plane of [0, 1, 2]) {
      const { slope, off } = line(cpu.image, plane);
      expect(Math.abs(slope - RAMP)).toBeLessThan(RAMP * 1e-3);
      expect(off).toBeLessThan(0.01);
    }
    const channels = named(cpu.ran, 'background.done')[0]?.channels;
    for (const { name, environment } of gpus) {
      const argv = ['--backend', name, '--no-cpu-fallback'];
      const other = await mosaic(`${name}.fits`, argv, inputs, environment);
      expect(named(other.ran, 'background.done')[0]?.channels).toEqual(channels);
      expect(await sha256(other.out)).toBe(await sha256(cpu.out));
    }
  });

  test('tiles that share nothing are named and left alone', async () => {
    const away = rampTile(0, 500, 1);
    const far = writeFits(join(dir, 'far.fits'), {
      ...{ width: SIZE, height: SIZE, value: () => 3 },
      cards: { ...sky(SIZE, SIZE, [80.3, 0], 2) },
    });
    const { ran } = await mosaic('alone.fits', [], [away, far]);
    expect(ran.err).toMatch(/WARN.*background.*far\.fits/);
    const [done] = named(ran, 'background.done') as unknown as [{ channels: { tiles: { offset: number }[] }[] }];
    expect(done.channels[0]?.tiles.map(({ offset }) => offset)).toEqual([0, 0]);
  });
});
