import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { Canvas } from './canvas.ts';
import { holdsTogether } from './fits.ts';
import { remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

let dir = '';
let canvas: Canvas;
let tiles: string[] = [];
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 150, 70);
  // Registration rotated the frames; where they have no data, the value is 0.
  const size = { width: 100, height: 60 };
  const sky = (x: number, y: number) => 100 + ((x * 7 + y * 3) % 5);
  tiles = [
    canvas.tile('left.fits', [3, 4], { ...size, value: (x, y) => (x + y > 130 ? 0 : sky(x, y)) }),
    canvas.tile('right.fits', [43, 6], { ...size, value: (x, y) => (x < 20 + y / 4 ? 0 : sky(x, y)) }),
  ];
});
afterAll(() => remove(dir));

const known = (values: ArrayLike<number> = []) => Array.from(values).filter((value) => !Number.isNaN(value));
const least = (values?: ArrayLike<number>) => Math.min(...known(values));

describe('--blank', () => {
  test('borders of 0 are not data, with any rule, unless `none` keeps them', async () => {
    for (const rule of ['mean', 'median', 'min']) {
      const words = [...tiles, '--combine', rule, '--kernel', 'nearest'];
      const borders = await canvas.mosaic(words);
      const given = await canvas.mosaic([...words, '--blank', '0']);
      for (const [mosaic, ...maps] of [borders, given]) {
        expect(least(mosaic?.values)).toBeGreaterThan(90);
        holdsTogether([mosaic, ...maps]);
      }
      expect([...(borders[0]?.values ?? [])]).toEqual([...(given[0]?.values ?? [1])]);
      const [dark] = await canvas.mosaic([...words, '--blank', 'none']);
      expect(least(dark?.values)).toBeLessThan(60);
    }
  });

  test('one line says which, and how to keep them', async () => {
    const out = ['--like', canvas.like, '--force', '-o', `${dir}/told.fits`];
    const told = await zemosaic(['mosaic', ...tiles, ...out]);
    const lines = told.err.split('\n').filter((line) => line.includes('--blank'));
    expect(lines).toEqual([
      'INFO  2 tiles have borders of one value (0 in left.fits and 1 more), which is no data; --blank none keeps it',
    ]);
    for (const how of ['none', '0']) {
      const other = await zemosaic(['mosaic', ...tiles, ...out, '--blank', how]);
      expect(other.err).not.toContain('--blank');
    }
  });

  test('zeros in the middle of a tile are told, because they may be sky or not', async () => {
    const size = { width: 100, height: 60 };
    const hole = (x: number, y: number) => (x > 40 && x < 90 && y > 10 && y < 40 ? 0 : 100 + ((x * 7 + y * 3) % 5));
    const both = [
      canvas.tile('hole.fits', [3, 4], { ...size, value: hole }),
      canvas.tile('none.fits', [43, 6], { ...size, value: (x, y) => 100 + ((x * 7 + y * 3) % 5) }),
    ];
    const out = ['--like', canvas.like, '--force', '-o', `${dir}/hole-out.fits`];
    const told = await zemosaic(['mosaic', ...both, ...out]);
    expect(told.err).toContain('count as dark sky in hole.fits; --blank 0 makes them no data');
    const kept = await zemosaic(['mosaic', ...both, ...out, '--blank', 'none']);
    expect(kept.err).not.toContain('--blank');
  });

  test('the value is that in the file, before FLXSCALE', async () => {
    const scaled = canvas.tile('scaled.fits', [3, 4], {
      width: 30,
      height: 30,
      value: (x) => (x < 10 ? -7 : 50),
      cards: { FLXSCALE: 2 },
    });
    const [mosaic] = await canvas.mosaic([scaled, '--blank', '-7', '--kernel', 'nearest']);
    expect([...new Set(known(mosaic?.values))]).toEqual([100]);
  });

  test.each(['0', 'auto'])('HISTORY mentions %s, and every backend makes the same bytes', async (how) => {
    const rule = ['--combine', 'median', '--kernel', 'lanczos3', '--no-cpu-fallback'];
    const words = [...tiles, '--blank', how, '--trim', '1.5', ...rule];
    const expected = await canvas.file('cpu.fits', [...words, '--backend', 'cpu']);
    const history = readFileSync(expected, 'latin1');
    expect(history).toContain(`blank=${how}`);
    expect(history.includes('tile left.fits blank=0')).toBe(how === 'auto');
    for (const { name, environment } of gpus) {
      const device = await canvas.file('device.fits', [...words, '--backend', name], environment);
      expect(await sha256(device)).toBe(await sha256(expected));
    }
  });
});
