import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Image, type Plane, readFits, sky, writeFits } from './fits.ts';
import { named, remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

const KERNELS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4', 'exact'];
const SIZE = 41;
const size = { width: SIZE, height: SIZE };
let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, SIZE + 1, SIZE + 1);
});
afterAll(() => remove(dir));

/** A star on a sky of 100, and the inverse variance of its photons. */
const star = (x: number, y: number) => 100 + 5000 * Math.exp(-((x - 20) ** 2 + (y - 20) ** 2) / 4.5);
const photons = (x: number, y: number) => 1 / star(x, y);
const weights = (value: Plane['value']): Plane => ({ ...size, name: 'WEIGHT', value });
const sum = (of: Iterable<number>) => [...of].reduce((a, b) => a + b, 0);
const middle = ({ values }: Image, width = SIZE + 1) => values[Math.floor(width / 2) * (width + 1)] ?? Number.NaN;

/** Noise of a standard deviation of 1, the same in every run (Box and Muller 1958). */
function noise(x: number, y: number, seed: number): number {
  const chance = (n: number) => {
    let m = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
    m = Math.imul(m ^ (m >>> 16), 0x45d9f3b);
    return (((m ^ (m >>> 16)) >>> 0) + 0.5) / 2 ** 32;
  };
  const at = x * 374_761_393 + y * 668_265_263 + seed * 97_331;
  return Math.sqrt(-2 * Math.log(chance(at))) * Math.cos(2 * Math.PI * chance(at + 777_767));
}

describe('weights do not move flux', () => {
  test.each(KERNELS)('%s: a map that knows the photons of a star leaves it as bright as it is', async (kernel) => {
    const tile = canvas.tile('star.fits', [0.5, 0.5], { ...size, value: star }, weights(photons));
    const [mosaic] = await canvas.mosaic([tile, '--kernel', kernel]);
    const flux = sum((mosaic?.values ?? []).filter(Number.isFinite).map((value) => value - 100));
    expect(flux / (5000 * 2 * Math.PI * 2.25)).toBeCloseTo(1, 3);
  });

  test.each(KERNELS)('%s: nor do such maps where tiles are dithered', async (kernel) => {
    const tiles = Array.from({ length: 8 }, (_, i) => {
      const [dx, dy] = [((i * 5) % 8) / 8, i / 8];
      const moved = (of: typeof star) => (x: number, y: number) => of(x + dx, y + dy);
      const tile = { ...size, value: moved(star) };
      return canvas.tile(`dithered${i}.fits`, [dx, dy], tile, weights(moved(photons)));
    });
    const flux = async (words: string[]) => {
      const [mosaic] = await canvas.mosaic([...tiles, '--kernel', kernel, ...words]);
      return sum((mosaic?.values ?? []).filter(Number.isFinite).map((value) => value - 100));
    };
    expect((await flux([])) / (await flux(['--weights', 'none']))).toBeCloseTo(1, 2.4);
  });

  test.each(['WEIGHT', 'ERR', 'VARIANCE'])(
    'a 0 in a %s map that was dithered when it was compressed is none',
    async (name) => {
      const bad = (x: number, y: number) => (x * 7 + y * 3) % 11 === 0;
      const good = canvas.tile('whole.fits', [0, 0], { ...size, value: () => 10 });
      const spoiled = canvas.tile('dithered.fits', [0, 0], { ...size, value: (x, y) => (bad(x, y) ? 1e5 : 10) });
      const map = { ...size, value: (x: number, y: number) => (bad(x, y) ? 0 : 0.9 + 0.01 * ((x * y) % 20)) };
      const suffix = { WEIGHT: 'weight', ERR: 'err', VARIANCE: 'var' }[name];
      canvas.dithered(`dithered.${suffix}.fits.fz`, [0, 0], map, 1, 0.02);
      const [mosaic] = await canvas.mosaic([good, spoiled, '--kernel', 'nearest', '--weights', 'auto']);
      const most = Math.max(...(mosaic?.values ?? new Float32Array()).filter(Number.isFinite));
      expect(most).toBe(10);
    },
  );

  test('a tap of almost no weight makes the sample as unsure as variances interpolate', async () => {
    const map = weights((x) => (x === 20 ? 1e-6 : 1));
    const tile = canvas.tile('tap.fits', [0.5, 0.5], { ...size, value: () => 7 }, map);
    const [, coverage] = await canvas.mosaic([tile]);
    // Half of the share has 1e-6, half has 1.
    expect((coverage?.values[21 * (SIZE + 1) + 20] ?? 0) * 1e6).toBeCloseTo(2, 4);
    expect(coverage?.values[21 * (SIZE + 1) + 30]).toBeCloseTo(1, 5);
  });

  test('where a deep tile lacks a pixel a whole shallow one counts alone, and COVERAGE says so', async () => {
    const hole = (x: number, y: number) => x % 6 === 3 && y % 6 === 3;
    const deep = { ...size, value: (x: number, y: number) => (hole(x, y) ? 9e4 : 7) };
    const map = weights((x, y) => (hole(x, y) ? 0 : 100));
    const tiles = [
      canvas.tile('deep.fits', [0.5, 0.5], deep, map),
      canvas.tile(
        'shallow.fits',
        [0.5, 0.5],
        { ...size, value: () => 17 },
        weights(() => 1),
      ),
    ];
    const one = await canvas.mosaic(tiles);
    const other = await canvas.mosaic([...tiles].reverse());
    for (const [mosaic, coverage] of [one, other]) {
      const inner = (i: number) => [i % (SIZE + 1), Math.floor(i / (SIZE + 1))].every((at) => at > 2 && at < SIZE - 2);
      const values = [...(mosaic?.values ?? [])].filter((_, i) => inner(i));
      // Three taps of four of the deep tile are left: without the fourth they may lie beside a star.
      expect(Math.max(...values)).toBeCloseTo(17, 4);
      expect(Math.min(...values)).toBeCloseTo((100 * 7 + 17) / 101, 4);
      const depths = [...(coverage?.values ?? [])].filter((_, i) => inner(i));
      expect([Math.min(...depths), Math.max(...depths)]).toEqual([1, 101]);
    }
    for (const { name, environment } of gpus) {
      const gpu = await canvas.mosaic([...tiles, '--backend', name], environment);
      const bytes = (images: Image[]) => images.map(({ values }) => Buffer.from(values.buffer).toString('base64'));
      expect(bytes(gpu)).toEqual(bytes(one));
    }
  });

  test('a factor on the values divides the map by its square', async () => {
    const plane = { ...size, cards: { FLXSCALE: 10 }, value: () => 7 };
    const tile = canvas.tile(
      'scaled.fits',
      [0, 0],
      plane,
      weights(() => 1),
    );
    const [mosaic, coverage] = await canvas.mosaic([tile]);
    expect([mosaic?.values[900], coverage?.values[900]]).toEqual([70, Math.fround(0.01)]);
  });

  test.each(gpus)(
    'maps, opacities and bad pixels give the bytes of the CPU on $name',
    async ({ name, environment }) => {
      const value = (x: number, y: number) => ((x * 31 + y * 17) % 50 === 0 ? Number.NaN : star(x, y));
      const opacity: Plane = { ...size, name: 'ALPHA', value: (x) => Math.min(1, x / 20) };
      const tiles = [
        canvas.tile('map.fits', [0.3, 0.4], { ...size, value }, weights(photons)),
        canvas.tile('opaque.fits', [0.7, 0.1], { ...size, value }, opacity),
        canvas.tile('both.fits', [0.1, 0.6], { ...size, value }, weights(photons), opacity),
      ];
      for (const words of [
        ['--kernel', 'lanczos3'],
        ['--combine', 'sum'],
        ['--combine', 'winsorized'],
      ]) {
        const expected = await sha256(await canvas.file('cpu.fits', [...tiles, ...words, '--backend', 'cpu']));
        const device = ['--backend', name, '--no-cpu-fallback'];
        const found = await canvas.file('device.fits', [...tiles, ...words, ...device], environment);
        expect(await sha256(found)).toBe(expected);
      }
    },
  );
});

describe('single bad pixels cost their share', () => {
  test.each(['bilinear', 'lanczos3'])('%s keeps nine tenths of the depth with 2 %% of them', async (kernel) => {
    const bad = (t: number) => (x: number, y: number) => ((x * 7 + y * 13 + t * 29) % 50 === 0 ? Number.NaN : 5);
    const tiles = [0, 1, 2, 3, 4, 5, 6, 7].map((t) =>
      canvas.tile(`bad${t}.fits`, [0.1 + t / 9, 0.9 - t / 9], { ...size, value: bad(t) }),
    );
    const [, coverage] = await canvas.mosaic([...tiles, '--kernel', kernel]);
    const inner = [];
    for (let y = 8; y < 34; y += 1) for (let x = 8; x < 34; x += 1) inner.push(coverage?.values[y * 42 + x] ?? 0);
    expect(sum(inner) / inner.length / 8).toBeGreaterThan(0.9);
  });
});

describe('a weight is depth per area of the sky', () => {
  test('fine and coarse tiles of the same depth weigh alike under exact', async () => {
    const like = writeFits(join(dir, 'coarse-like.fits'), {
      ...size,
      cards: sky(SIZE, SIZE, [10, 20], 1),
      value: () => 0,
    });
    const tile = (name: string, scale: number, weight: number) => {
      const n = Math.round(SIZE / scale);
      const plane = { width: n, height: n, value: () => 3 };
      return writeFits(
        join(dir, name),
        { ...plane, cards: sky(n, n, [10, 20], scale) },
        { ...plane, name: 'WEIGHT', value: () => weight },
      );
    };
    const tiles = [tile('fine.fits', 0.5, 0.25), tile('same.fits', 1, 1)];
    const out = join(dir, 'depth.fits');
    const run = async (...words: string[]) => {
      const ran = await zemosaic(['mosaic', ...tiles, '--like', like, '-o', out, '--force', '--json', ...words]);
      return { ran, coverage: middle(readFits(out)[1] as Image, SIZE) };
    };
    const exact = await run('--kernel', 'exact');
    expect(exact.coverage).toBeCloseTo(2, 3);
    expect(named(exact.ran, 'warning')).toEqual([]);
    // Bilinear sees a part of the fine pixels: 9/4 of 4, by the mean square of its shares.
    const bilinear = await run('--kernel', 'bilinear');
    expect(bilinear.coverage).toBeCloseTo(1 + 2.25 / 4, 1);
    expect(named(bilinear.ran, 'warning').map(({ code }) => code)).toEqual(['coarse_grid']);
    const auto = await run('--kernel', 'auto');
    expect(auto.coverage).toBe(exact.coverage);
    expect(named(auto.ran, 'info').map(({ code }) => code)).toContain('coarse_grid');
  });
});

describe('--weights noise', () => {
  test('tiles weigh what their noise says', async () => {
    const side = { width: 200, height: 200 };
    const wide = new Canvas(dir, 200, 200);
    const tile = (name: string, sigma: number, seed: number) =>
      wide.tile(name, [0, 0], { ...side, value: (x, y) => 100 + 0.3 * x + sigma * noise(x, y, seed) });
    const tiles = [tile('quiet.fits', 1, 1), tile('loud.fits', 5, 2), tile('flat.fits', 0, 3)];
    const [, coverage] = await wide.mosaic([...tiles.slice(0, 2), '--weights', 'noise']);
    const found = middle(coverage as Image, 200);
    expect(found).toBeGreaterThan(0.95 * (1 + 1 / 25));
    expect(found).toBeLessThan(1.05 * (1 + 1 / 25));
    // Pixels without weight, masked, opaque or in a gap tell nothing of the noise.
    const spoiled = (x: number, y: number) => 100 + noise(x, y, 4) * (x < 90 ? 500 : 1);
    const bad = (name: string, value: Plane['value']) => ({ ...side, name, value });
    const gap = (x: number, y: number) => (y > 85 && y < 115 ? Number.NaN : 100 + noise(x, y, 5));
    for (const tile of [
      wide.tile(
        'masked.fits',
        [0, 0],
        { ...side, value: spoiled },
        bad('DQ', (x) => Number(x < 90)),
      ),
      wide.tile(
        'faint.fits',
        [0, 0],
        { ...side, value: spoiled },
        bad('ALPHA', (x) => Number(x >= 90)),
      ),
      wide.tile('gap.fits', [0, 0], { ...side, value: gap }),
    ]) {
      const [, weight] = await wide.mosaic([tile, '--weights', 'noise', '--blank', 'none']);
      const at = weight?.values[30 * 200 + 150] ?? 0;
      if (Math.abs(at - 1) > 0.2) throw new Error(`${tile}: weight ${at}`);
    }
    const constant = wide.tile('constant.fits', [0, 0], { ...side, value: () => 100 });
    const words = ['--like', wide.like, '-o', join(dir, 'silent.fits'), '--force', '--json', '--weights', 'noise'];
    const ran = await zemosaic(['mosaic', ...tiles.slice(0, 2), constant, ...words, '--match-background', 'none']);
    expect(named(ran, 'warning').map(({ code }) => code)).toEqual(['no_noise', 'tile_constant']);
  });
});

describe('weights and values of any size', () => {
  const both = (value: number, one: number, two: number) => [
    canvas.tile('one.fits', [0, 0], { ...size, cards: { IVAR: one }, value: () => value }),
    canvas.tile('two.fits', [0, 0], { ...size, cards: { IVAR: two }, value: () => 4 * value }),
  ];

  test.each([
    [1, 2],
    [1e40, 2e40],
    [1e-60, 2e-60],
  ])('inverse variances of %d and %d', async (one, two) => {
    const [mosaic, coverage] = await canvas.mosaic([...both(1, one, two), '--weights', 'IVAR']);
    expect(mosaic?.values[900]).toBeCloseTo(3, 5);
    const unit = Number(coverage?.cards.WHTUNIT ?? 1);
    expect(((coverage?.values[900] ?? 0) * unit) / one).toBeCloseTo(3, 5);
    expect(unit === 1).toBe(one === 1);
    expect(Number.isInteger(Math.log2(unit))).toBe(true);
  });

  test('weights that differ by hundreds of digits leave no hole', async () => {
    const [mosaic] = await canvas.mosaic([...both(1, 1e-300, 1), '--weights', 'IVAR']);
    expect(mosaic?.values[900]).toBeCloseTo(4, 5);
  });

  test('nor do maps', async () => {
    const tiles = [1e-30, 1e30].map((weight, at) =>
      canvas.tile(
        `far${at}.fits`,
        [20 * at, 0],
        { ...size, value: () => 5 + at },
        weights(() => weight),
      ),
    );
    const [mosaic] = await canvas.mosaic(tiles);
    const row = 900 - (900 % (SIZE + 1));
    expect([5, 30].map((x) => mosaic?.values[row + x])).toEqual([5, 6]);
  });

  test('maps near the end of the numbers', async () => {
    const tile = canvas.tile(
      'huge.fits',
      [0, 0],
      { ...size, value: () => 1e-20 },
      weights(() => 2e38),
    );
    const [mosaic] = await canvas.mosaic([tile]);
    expect((mosaic?.values[900] ?? 0) / 1e-20).toBeCloseTo(1, 5);
  });

  test.each([
    [1e-47, 'below 1.2e-38'],
    [1e40, 'beyond 3.4e38'],
  ])('64-bit values of %d are refused by name, and a few beside others are not', async (scale, why) => {
    const tile = (name: string, value: Plane['value']) =>
      canvas.tile(name, [0, 0], { ...size, doubles: true, value: (x, y) => value(x, y, 0) });
    const words = (path: string) => ['mosaic', path, '-o', join(dir, 'single.fits'), '--force'];
    const all = await zemosaic(words(tile('doubles.fits', (x) => (1 + x) * scale)));
    expect([all.exit, all.err.includes(`doubles.fits[0]: its values are ${why}`)]).toEqual([3, true]);
    const few = await zemosaic(words(tile('few.fits', (x) => (x % 5 === 2 ? scale : 1 + x))));
    expect([few.exit, few.err.includes('few.fits')]).toEqual([0, false]);
  });

  test('a sum that is too large for a number is told', async () => {
    const words = [...both(8e37, 1, 1), '--combine', 'sum', '--match-background', 'none', '--json'];
    const ran = await zemosaic(['mosaic', ...words, '--like', canvas.like, '-o', join(dir, 'over.fits'), '--force']);
    expect(named(ran, 'warning').map(({ code }) => code)).toContain('overflow');
  });
});
