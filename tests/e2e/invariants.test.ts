import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Canvas } from './canvas.ts';
import { holdsTogether } from './fits.ts';
import { remove, temporary } from './program.ts';

const KERNELS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4', 'exact'];
const COMBINES = ['mean', 'median', 'winsorized', 'kappa-sigma', 'min', 'max', 'sum', 'first', 'last'];

/** Values of all tiles lie in this range, plane by plane. */
const LEAST = [100, 200, 300];
const SPAN = 40;

let dir = '';
let canvas: Canvas;
let tiles: string[] = [];
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 100, 80);
  const size = { width: 70, height: 50, planes: 3 };
  const dead = (x: number, y: number, plane: number, n: number) =>
    // A block, scattered pixels, a column of one channel, a block of another.
    (x - 30) ** 2 + (y - 25) ** 2 < 40 ||
    (x * 31 + y * 17 + n) % 41 === 0 ||
    (plane === 1 && x === 50) ||
    (plane === 2 && x > 8 && x < 16 && y > 30 && y < 37);
  const value = (n: number) => (x: number, y: number, plane: number) =>
    dead(x, y, plane, n) ? Number.NaN : (LEAST[plane] ?? 0) + ((x * 3 + y * 5) % SPAN);
  const alpha = { name: 'ALPHA', width: 70, height: 50, value: (x: number) => Math.max(0, Math.min(1, x / 35 - 0.2)) };
  const weight = { name: 'WEIGHT', width: 70, height: 50, value: (x: number, y: number) => ((x * y) % 7) - 1 };
  tiles = [
    canvas.tile('i1.fits', [3.4, 2.7], { ...size, value: value(1) }),
    canvas.tile('i2.fits', [20.2, 14.9], { ...size, value: value(2) }, alpha),
    canvas.tile('i3.fits', [12.8, 24.5], { ...size, value: value(3) }, weight),
  ];
});
afterAll(() => remove(dir));

describe('dead pixels, blocks without data, holes in the opacity, edges half covered, a channel dead alone', () => {
  test.each(KERNELS)('%s: no black patch, and the planes hold together, by every rule', async (kernel) => {
    const seen = new Set<number>();
    for (const combine of COMBINES) {
      const hdus = await canvas.mosaic([...tiles, '--kernel', kernel, '--combine', combine]);
      const [mosaic] = hdus;
      seen.add(holdsTogether(hdus));
      const most = combine === 'sum' ? tiles.length : 1;
      // Lobes overshoot where values and weights jump; none falls near to nothing.
      const slack = ['bicubic', 'lanczos3', 'lanczos4'].includes(kernel) ? 2 * SPAN : 1e-3;
      for (const [i, value] of (mosaic?.values ?? []).entries()) {
        const least = LEAST[Math.floor(i / (100 * 80))] ?? 0;
        if (value < least - slack || value > most * (least + SPAN + slack)) {
          throw new Error(`${kernel} ${combine}: ${value} at ${i}`);
        }
      }
    }
    // Which pixels are covered is the kernel's matter alone.
    expect(seen.size).toBe(1);
    expect([...seen][0]).toBeGreaterThan(5000);
  });
});
