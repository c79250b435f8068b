import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, holdsTogether, type Plane } from './fits.ts';
import { remove, sha256, temporary, zemosaic } from './program.ts';

const [WIDTH, HEIGHT] = [300, 200];
let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, WIDTH, HEIGHT);
});
afterAll(() => remove(dir));

/** Numbers of chance, the same in every run, from 0 to 1. */
function chance(x: number, y: number): number {
  let n = (x * 374_761_393 + y * 668_265_263) >>> 0;
  n = Math.imul(n ^ (n >>> 13), 1_274_126_177) >>> 0;
  return ((n ^ (n >>> 16)) >>> 0) / 2 ** 32;
}

/** How much of a pixel a turned frame covers, as interpolation leaves it. */
function share(x: number, y: number, middle: number): number {
  const [cos, sin] = [Math.cos(0.35), Math.sin(0.35)];
  const [u, v] = [cos * (x - middle) + sin * (y - 100), -sin * (x - middle) + cos * (y - 100)];
  const part = (away: number, half: number) => Math.min(Math.max(half + 0.5 - Math.abs(away), 0), 1);
  return part(u, 80) * part(v, 50);
}
const within = (x: number, y: number, middle: number) => share(x, y, middle) >= 0.5;
const sky = (x: number, y: number) => 1000 + 0.2 * x + 40 * chance(x, y);

const tile = (name: string, value: Plane['value'], more: Partial<Plane> = {}) =>
  canvas.tile(name, [0, 0], { width: WIDTH, height: HEIGHT, value, ...more });
const files = (name: string, value: (x: number, y: number, middle: number) => number) => [
  tile(`${name}1.fits`, (x, y) => value(x, y, 110)),
  tile(`${name}2.fits`, (x, y) => value(x, y, 190)),
];
async function values(words: string[]): Promise<Float32Array> {
  const hdus = await canvas.mosaic(['--kernel', 'nearest', ...words]);
  holdsTogether(hdus);
  return hdus[0]?.values ?? new Float32Array();
}
const pixels = (wanted: (value: number, x: number, y: number) => boolean, of: Float32Array) =>
  of.reduce((count, value, at) => count + Number(wanted(value, at % WIDTH, Math.floor(at / WIDTH) % HEIGHT)), 0);

describe('a border of one value', () => {
  test.each([0, -0, 100, 65_535, 0.1])('%d around turned frames is no data', async (value) => {
    const both = files('edge', (x, y, middle) => (within(x, y, middle) ? sky(x, y) : Math.fround(value)));
    const mosaic = await values(both);
    const right = (x: number, y: number) =>
      within(x, y, 110) || within(x, y, 190) ? Math.fround(sky(x, y)) : Number.NaN;
    expect(pixels((found, x, y) => !Object.is(found, right(x, y)), mosaic)).toBe(0);
  });

  test.each([1000, 0])(
    '0 that was dithered when the frame was compressed is no data, on a sky of %d',
    async (level) => {
      const plane = (middle: number): Plane => ({
        ...{ width: WIDTH, height: HEIGHT },
        value: (x, y) => (within(x, y, middle) ? level + 40 * chance(x, y) - 20 : 0),
      });
      const both = [110, 190].map((middle) => canvas.dithered(`dither${middle}.fits`, [0, 0], plane(middle), 1, 3));
      const mosaic = await values(both);
      const inside = (x: number, y: number) => within(x, y, 110) || within(x, y, 190);
      expect(pixels((found, x, y) => !inside(x, y) && !Number.isNaN(found), mosaic)).toBe(0);
      // Where the sky itself is 0, some pixels at the rim are like the border.
      const lost = pixels((found, x, y) => inside(x, y) && Number.isNaN(found), mosaic);
      expect(lost).toBeLessThanOrEqual(level === 0 ? 60 : 0);
    },
  );

  test('a pixel is no data where every channel says so: black sky of one channel stays, whoever gives the value', async () => {
    const level = (plane: number) => [2, 200, 100][plane] ?? 0;
    const noisy = (x: number, y: number, plane: number) =>
      Math.max(Math.round(level(plane) + 12 * chance(x + 1000 * plane, y) - 6), 0);
    const value = (x: number, y: number, plane: number) => (y < 10 ? 0 : noisy(x, y, plane));
    const colour = tile('colour.fits', value, { planes: 3 });
    for (const how of ['auto', '0']) {
      const mosaic = await values([colour, '--blank', how]);
      for (const plane of [0, 1, 2]) {
        const own = mosaic.subarray(plane * WIDTH * HEIGHT, (plane + 1) * WIDTH * HEIGHT);
        const wrong = pixels((found, x, y) => !Object.is(found, y < 10 ? Number.NaN : noisy(x, y, plane)), own);
        expect(`${how} ${plane}: ${wrong}`).toBe(`${how} ${plane}: 0`);
      }
    }
  });

  test('a mono frame with a black sky loses its border and next to nothing else', async () => {
    const noisy = (x: number, y: number) => Math.max(Math.round(24 * chance(x, y) - 12), 0);
    const mono = tile('mono.fits', (x, y) => (within(x, y, 150) ? noisy(x, y) : 0));
    const mosaic = await values([mono]);
    const outside = pixels((found, x, y) => !within(x, y, 150) && !Number.isNaN(found), mosaic);
    const lost = pixels((found, x, y) => within(x, y, 150) && Number.isNaN(found), mosaic);
    expect(outside).toBe(0);
    // Half of the 16,000 pixels are 0; of those beside the border some look like it.
    expect(lost).toBeLessThan(520 / 2);
  });

  test.each([0.03, 0.1, 0.3, 1])('a round field of %d photons per pixel keeps its brightness', async (mean) => {
    const field = (x: number, y: number) => Math.hypot(x - 150, y - 100) < 95;
    // As many as a sum of small chances has.
    const photons = (x: number, y: number) =>
      Array.from({ length: 4 }, (_, i) => Number(chance(x + 1000 * i, y) < mean / 4)).reduce((a, b) => a + b);
    const counts = tile('photons.fits', (x, y) => (field(x, y) ? photons(x, y) : 0));
    const mosaic = await values([counts]);
    expect(pixels((found, x, y) => !field(x, y) && !Number.isNaN(found), mosaic)).toBeLessThan(60);
    const kept = (of: (x: number, y: number) => number) =>
      mosaic.reduce((sum, found, at) => (Number.isNaN(found) ? sum : sum + of(at % WIDTH, Math.floor(at / WIDTH))), 0);
    const [seen, number] = [kept((x, y) => (field(x, y) ? photons(x, y) : 0)), kept((x, y) => Number(field(x, y)))];
    const whole = pixels((_, x, y) => field(x, y), mosaic);
    const truth = mosaic.reduce((sum, _, at) => {
      const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
      return field(x, y) ? sum + photons(x, y) : sum;
    }, 0);
    expect(number / whole).toBeGreaterThan(0.75);
    // Four standard deviations of what is lost.
    const chanceOfLoss = (4 * Math.sqrt((1 - number / whole) * truth)) / truth;
    expect(Math.abs(seen / number / (truth / whole) - 1)).toBeLessThan(0.005 + chanceOfLoss);
    const full = await values([tile('full.fits', photons)]);
    expect(pixels(Number.isNaN, full)).toBe(0);
  });

  test('a sky of very few photons is not a border around its sources', async () => {
    const source = (x: number, y: number) => Math.hypot((x % 80) - 40, (y % 80) - 40) < 12 + chance(x, y);
    const photons = (x: number, y: number) => (source(x, y) ? 20 : Number(chance(x, y) < 0.002));
    const mosaic = await values([
      tile('sources.fits', (x, y) => (Math.hypot(x - 150, y - 100) < 95 ? photons(x, y) : 0)),
    ]);
    expect(pixels(Number.isNaN, mosaic)).toBe(0);
  });

  const star = (x: number, y: number, wide: number) => Math.exp(-((x - 150) ** 2 + (y - 100) ** 2) / (2 * wide * wide));
  test.each<[string, Plane['value']]>([
    ['one value everywhere', () => 0],
    ['a ramp without noise', (x) => x],
    ['a star that fades into zeros', (x, y) => 1000 * star(x, y, 20)],
    ['stars on a black sky', (x, y) => (x % 20 < 4 && y % 20 < 4 ? 200 : 0)],
    ['a black sky with noise', (x, y) => Math.max(Math.round(40 * chance(x, y) - 20), 0)],
    ['a sky with noise that is almost all black', (x, y) => Math.max(Math.round(40 * chance(x, y) - 36), 0)],
    ['a saturated star cut by the edge', (x, y) => Math.min(sky(x, y) + 1e6 * star(x, y + 99, 9), 65_535)],
    ['a column of zeros', (x, y) => (x === 150 ? 0 : sky(x, y))],
    ['two values', (x) => (x < 30 ? 10 : 20)],
  ])('%s is data', async (_, value) => {
    const mosaic = await values([tile('data.fits', value)]);
    expect(pixels(Number.isNaN, mosaic)).toBe(0);
  });

  test('neither whole files nor compressed ones hide a border', async () => {
    const value = (x: number, y: number) => (within(x, y, 150) ? Math.round(sky(x, y)) : 0);
    const plane = { width: WIDTH, height: HEIGHT, value };
    for (const rows of [1, 30, HEIGHT]) {
      const packed = canvas.compressed(`packed${rows}.fits`, [0, 0], plane, rows);
      const mosaic = await values([packed]);
      expect(pixels((found, x, y) => Number.isNaN(found) === within(x, y, 150), mosaic)).toBe(0);
    }
  });

  test('its values do not enter the matching of levels', async () => {
    // The border of the first frame lies on the sky of the second.
    const words = ['--like', canvas.like, '--force', '--json', '-o', join(dir, 'matched.fits')];
    const both = files('level', (x, y, middle) => (within(x, y, middle) ? sky(x, y) : 100));
    const ran = await zemosaic(['mosaic', ...both, ...words]);
    const matched = ran.events.find(({ event }) => event === 'background.done') as unknown as {
      channels: { rms_before: number }[];
    };
    expect(matched.channels[0]?.rms_before).toBeLessThan(1e-3);
  });
});

describe('--trim', () => {
  test('takes away the rim that interpolation left', async () => {
    const both = files('rim', (x, y, middle) => 1000 * share(x, y, middle));
    const dark = (mosaic: Float32Array) => pixels((found) => found < 999, mosaic);
    expect(dark(await values(both))).toBeGreaterThan(300);
    const mosaic = await values([...both, '--trim', '1']);
    expect(dark(mosaic)).toBe(0);
    expect(pixels(Number.isFinite, mosaic)).toBeGreaterThan(20_000);
  });

  test('counts from the edge of the file where the data reach it', async () => {
    const whole = tile('whole.fits', sky);
    for (const [px, rim] of [
      [0.4, 0],
      [1, 1],
      [2.5, 2],
      [3, 3],
      [99.6, 100],
      [500, 150],
    ] as const) {
      const right = (x: number, y: number) => Math.min(x, WIDTH - 1 - x, y, HEIGHT - 1 - y) < rim;
      const mosaic = await values([whole, '--trim', String(px)]);
      expect(`${px}: ${pixels((found, x, y) => Number.isNaN(found) !== right(x, y), mosaic)}`).toBe(`${px}: 0`);
    }
  });
});

describe('--feather', () => {
  const turned = (name: string, outside: number, more: Cards = {}) => [
    tile(`${name}1.fits`, (x, y) => (within(x, y, 110) ? 1000 : outside), { cards: more }),
    tile(`${name}2.fits`, (x, y) => (within(x, y, 190) ? 1100 : outside), { cards: more }),
  ];
  const weighted = (name: string) =>
    [110, 190].map((middle, at) =>
      canvas.tile(
        `${name}${at}.fits`,
        [0, 0],
        { width: WIDTH, height: HEIGHT, value: () => 1000 + 100 * at },
        { name: 'WEIGHT', width: WIDTH, height: HEIGHT, value: (x, y) => Number(within(x, y, middle)) },
      ),
    );
  const steps = (mosaic: Float32Array) => {
    const row = [...mosaic.subarray(100 * WIDTH, 101 * WIDTH)];
    return Math.max(
      ...row
        .slice(1)
        .map((value, x) => Math.abs(value - (row[x] ?? 0)))
        .filter(Number.isFinite),
    );
  };

  test('fades from the edge of the data, whatever lies outside', async () => {
    const kinds: [string[], string[]][] = [
      [turned('nan', Number.NaN), []],
      [turned('zero', 0), []],
      [turned('given', -5), ['--blank', '-5']],
      [weighted('map'), []],
      [turned('trimmed', 0), ['--trim', '3']],
    ];
    for (const [both, words] of kinds) {
      expect(steps(await values([...both, ...words]))).toBeGreaterThan(49);
      const soft = await values([...both, ...words, '--feather', '30']);
      expect(steps(soft)).toBeLessThan(4);
      // No pixel is lost to it.
      const hard = await values([...both, ...words]);
      expect(pixels(Number.isNaN, soft)).toBe(pixels(Number.isNaN, hard));
    }
  });

  test('bad pixels, and a bad column from edge to edge, are no edges', async () => {
    const bad = (x: number, y: number) => (x === 150 || chance(x, y) < 0.01 ? Number.NaN : 1000);
    const [mosaic, coverage] = await canvas.mosaic([tile('bad.fits', bad), '--kernel', 'nearest', '--feather', '20']);
    const inside = pixels(
      (found, x, y) => x >= 30 && x < 270 && y >= 30 && y < 170 && found === 1,
      coverage?.values ?? new Float32Array(),
    );
    expect(inside).toBe(
      pixels(
        (found, x, y) => x >= 30 && x < 270 && y >= 30 && y < 170 && !Number.isNaN(found),
        mosaic?.values ?? new Float32Array(),
      ),
    );
  });

  test('the same bytes however the work is cut', async () => {
    const words = [
      ...files('cut', (x, y, middle) => (within(x, y, middle) ? sky(x, y) : 0)),
      '--feather',
      '25',
      '--trim',
      '2',
    ];
    const expected = await sha256(await canvas.file('whole.fits', words));
    for (const cut of [
      ['--chunk-rows', '1'],
      ['--chunk-rows', '7', '--threads', '3'],
      ['--ram-mb', '16'],
    ]) {
      expect(await sha256(await canvas.file('cut.fits', [...words, ...cut]))).toBe(expected);
    }
  });
});
