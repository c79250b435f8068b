import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { type Cards, header, padded, readFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

let dir = '';
let canvas: Canvas;
beforeEach(() => {
  dir = temporary();
  canvas = new Canvas(dir, 60, 50);
});
afterEach(() => remove(dir));

const at: [number, number] = [5, 5];
const plane = (value: (x: number, y: number) => number, cards: Cards = {}, width = 40, height = 30) => ({
  width,
  height,
  value,
  cards,
});
const pixel = (x: number, y: number) => (y + 5) * 60 + x + 5;

/** The mosaic of these words, all that was said, and the weights. */
async function mosaic(...words: string[]) {
  const out = join(dir, 'mosaic', 'out.fits');
  await Bun.write(join(dir, 'mosaic', 'here'), '');
  const fixed = ['--like', canvas.like, '-o', out, '--match-background', 'none', '--kernel', 'nearest', '--force'];
  const ran = await zemosaic(['mosaic', ...words, ...fixed, '--json']);
  if (ran.exit !== 0) throw new Error(ran.err);
  const [image, coverage] = readFits(out);
  const said = (event: string) => named(ran, event).map(({ message }) => String(message));
  return {
    values: image?.values ?? [],
    weights: coverage?.values ?? [],
    tiles: Number(image?.cards.NCOMBINE),
    infos: said('info'),
    warnings: said('warning'),
    skipped: named(ran, 'tile.skipped').length,
  };
}

describe('ESO phase 3', () => {
  const eso = (cards: Cards): Cards => ({ PRODCATG: 'SCIENCE.IMAGE', ...cards });
  const map = (name: string) =>
    canvas.tile(
      name,
      at,
      plane((x) => (x === 7 ? 0 : 4), { PRODCATG: 'ANCILLARY.WEIGHTMAP' }),
    );

  test('the map that a header names counts, packed or renamed, an input or not', async () => {
    const names = { ASSON1: 'ADP.2016-05-20T12:10:03.124.fits.fz', ASSOC1: 'ANCILLARY.WEIGHTMAP' };
    const image = canvas.tile(
      'ADP.2016-05-20T12:10:03.123.fits',
      at,
      plane((x) => x, eso(names)),
    );
    const weights = map('ADP.2016-05-20T12_10_03.124.fits');
    for (const words of [[image], [image, weights], [join(dir, 'ADP*.fits')]]) {
      const made = await mosaic(...words);
      expect([made.tiles, made.weights[pixel(6, 10)], made.values[pixel(7, 10)]]).toEqual([1, 4, Number.NaN]);
    }
  });

  test('a map that no input names is told as what it is', async () => {
    canvas.tile(
      'ADP.1.fits',
      at,
      plane((x) => x, eso({ ASSON1: 'other.fits', ASSOC1: 'ANCILLARY.WEIGHTMAP' })),
    );
    map('ADP.2.fits');
    const { tiles, warnings, weights } = await mosaic(join(dir, 'ADP*.fits'));
    expect([tiles, weights[pixel(7, 10)]]).toEqual([1, 1]);
    expect(warnings).toEqual([
      '1 weight map by its header, not a tile, and not used: no input is its image (ADP.2.fits)',
    ]);
  });
});

describe('planes that are not those of an image, or not beside it', () => {
  const glob = (pattern: string) => join(dir, pattern);

  test('VISTA: a tile has no map of its pawprints, whatever their shapes', async () => {
    canvas.tile(
      'v1_st_tl.fit',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'v1_st.fit',
      at,
      plane(() => 3, {}, 20, 10),
    );
    canvas.tile(
      'v1_st_conf.fit',
      at,
      plane(() => 90, {}, 20, 10),
    );
    const { skipped, tiles, weights } = await mosaic(glob('v1*'));
    expect([skipped, tiles, weights[pixel(30, 20)], weights[pixel(5, 5)]]).toEqual([0, 2, 1, 91]);
  });

  test('DECam: a mask that was made anew', async () => {
    canvas.tile(
      'c4d_1_2_ooi_r_v1.fits',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'c4d_1_2_oow_r_v2.fits',
      at,
      plane(() => 4),
    );
    canvas.tile(
      'c4d_1_2_ood_r_v3.fits',
      at,
      plane((x) => (x === 7 ? 1 : 0)),
    );
    const { tiles, weights } = await mosaic(glob('c4d*'));
    expect([tiles, weights[pixel(6, 5)], weights[pixel(7, 5)]]).toEqual([1, 4, 0]);
  });

  test('unWISE: one mask of two bands; GALEX: flags with pixels of their own', async () => {
    for (const band of ['w1', 'w2'])
      canvas.tile(
        `unwise-1-${band}-img-m.fits`,
        at,
        plane(() => 1, { BAND: band }),
      );
    canvas.tile(
      'unwise-1-msk.fits',
      at,
      plane(() => 16),
    );
    const unwise = await mosaic(glob('unwise*'));
    expect([unwise.tiles, unwise.values[pixel(6, 5)]]).toEqual([2, 1]);
    expect(unwise.warnings).toEqual([expect.stringMatching(/differ in FILTER: w1 .*w2/)]);
    canvas.tile(
      'M1-nd-int.fits',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'M1-nd-rrhr.fits',
      at,
      plane(() => 4),
    );
    canvas.tile(
      'M1-nd-flags.fits',
      at,
      plane(() => 1, {}, 5, 4),
    );
    const galex = await mosaic(glob('M1*'));
    expect([galex.tiles, galex.warnings, galex.weights[pixel(1, 1)]]).toEqual([1, [], 4]);
    expect(galex.infos).toContain('1 mask of another shape than its image, not used and not a tile (M1-nd-flags.fits)');
  });

  test('maps in a folder that is named with that of the images', async () => {
    await Bun.write(join(dir, 'sky', 'here'), '');
    await Bun.write(join(dir, 'maps', 'here'), '');
    canvas.tile(
      'sky/a.fits',
      at,
      plane(() => 1),
    );
    canvas.tile(
      'maps/a.weight.fits',
      at,
      plane(() => 4),
    );
    canvas.tile(
      'maps/a.mask.fits',
      at,
      plane((x) => (x === 7 ? 1 : 0)),
    );
    const { tiles, warnings, weights } = await mosaic(join(dir, 'sky'), join(dir, 'maps'));
    expect([tiles, warnings, weights[pixel(6, 5)], weights[pixel(7, 5)]]).toEqual([1, [], 4, 0]);
  });
});

describe('Pan-STARRS', () => {
  const scale = 2.5 * Math.log10(Math.E);
  const asinh = (value: number, offset: number, soft: number) => scale * Math.asinh((value - offset) / (2 * soft));
  const stack = (n: number, kind = '') => `rings.v3.skycell.1784.05${n}.stk.g.unconv${kind}.fits`;

  test('asinh values become linear, those of the variance by its own keywords', async () => {
    const sky = (x: number, y: number) => 1000 + 40 * x - 30 * y;
    const [cards, own] = [
      { BOFFSET: 1000, BSOFTEN: '30.0' },
      { BOFFSET: 9, BSOFTEN: 0.5 },
    ];
    canvas.tile(
      stack(0),
      at,
      plane((x, y) => asinh(sky(x, y), 1000, 30), cards),
    );
    canvas.tile(
      stack(0, '.wt'),
      at,
      plane((x) => asinh(x < 9 ? 4 : 8, 9, 0.5), own),
    );
    canvas.tile(
      stack(1),
      at,
      plane((x, y) => sky(x, y)),
    );
    canvas.tile(
      stack(1, '.wt'),
      at,
      plane(() => 4),
    );
    const { infos, tiles, values, warnings, weights } = await mosaic(join(dir, 'rings*'));
    expect([tiles, warnings]).toEqual([2, []]);
    for (const [x, y] of [
      [0, 29],
      [39, 0],
      [20, 13],
    ] as const)
      expect(values[pixel(x, y)]).toBeCloseTo(sky(x, y), 2);
    expect(weights[pixel(5, 5)]).toBeCloseTo(0.5, 5);
    expect(weights[pixel(20, 5)]).toBeCloseTo(0.375, 5);
    expect(infos).toContain(
      `asinh values (BOFFSET, BSOFTEN) of 2 files are made linear (${stack(0)}, ${stack(0, '.wt')})`,
    );
  });

  test('keywords that do not say the scale are told', async () => {
    canvas.tile(
      stack(0),
      at,
      plane(() => 3, { BOFFSET: 1000, BSOFTEN: 0 }),
    );
    const { values, warnings } = await mosaic(join(dir, stack(0)));
    expect([values[pixel(5, 5)], warnings]).toEqual([3, [expect.stringContaining('BSOFTEN = 0 is not above 0')]]);
  });
});

describe('what else a folder or a file holds', () => {
  test('planes in the files of tiles: one line a kind, the rest in one', async () => {
    const named = (name: string) => ({ ...plane(() => 0.5), name });
    const files = ['f1.fits', 'f2.fits'].map((name, n) =>
      canvas.tile(
        name,
        at,
        plane(() => n),
        named('ERR'),
        { ...plane((x) => (x === 7 ? 1 : 0)), name: 'DQ' },
        named('CON'),
        named('VAR_FLAT'),
      ),
    );
    const { infos } = await mosaic(...files);
    expect(infos.filter((line) => /their files|weigh them|files of/.test(line))).toEqual([
      'the error maps of 2 tiles weigh them: ERR',
      'the masks of 2 tiles are in their files: DQ',
      'other planes in the files of 2 tiles are not used: CON, VAR_FLAT',
    ]);
  });

  test('copies under another name are told, alike images are not', async () => {
    const sky = (x: number, y: number) => x * y;
    canvas.tile('k1.fits', at, plane(sky));
    canvas.tile('k1 (copy).fits', at, plane(sky));
    canvas.tile(
      'k2.fits',
      at,
      plane((x, y) => sky(x, y) + (x === 20 && y === 15 ? 1e-3 : 0)),
    );
    const { tiles, warnings } = await mosaic(join(dir, 'k*'));
    expect(tiles).toBe(3);
    expect(warnings.filter((line) => line.includes('copies of each other'))).toEqual([
      'tiles are copies of each other and count each: k1 (copy).fits = k1.fits; leave them out with --exclude',
    ]);
  });

  test('tables are counted, and no reason to be strict', async () => {
    canvas.tile(
      'n1.fits',
      at,
      plane(() => 1),
    );
    const table = {
      XTENSION: 'BINTABLE',
      BITPIX: 8,
      NAXIS: 2,
      NAXIS1: 4,
      NAXIS2: 1,
      PCOUNT: 0,
      GCOUNT: 1,
      TFIELDS: 1,
      TFORM1: 'E',
    };
    const bytes = [
      header({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true }),
      header(table),
      padded(new Uint8Array(4), 0),
    ];
    for (const name of ['n1_cat.fits', 'n1_psf.fits']) await Bun.write(join(dir, name), Buffer.concat(bytes));
    const { infos, skipped, warnings } = await mosaic(join(dir, 'n1*'), '--strict');
    expect([skipped, warnings]).toEqual([0, []]);
    expect(infos).toContain('2 tables, not tiles (n1_cat.fits, n1_psf.fits)');
    const alone = await zemosaic(['mosaic', join(dir, 'n1_cat.fits'), '-o', join(dir, 'alone.fits')]);
    expect([alone.exit, alone.err.includes('contains no image')]).toEqual([3, true]);
  });

  test('--hdu all: known names have their roles, others on the same sky are told', async () => {
    const extension = (name: string, value: number, cards: Cards = {}) => ({ ...plane(() => value, cards), name });
    const sky: Cards = { ...(await own()), EXTNAME: 'SCI' };
    const known = ['NHITS', 'DEPTH', 'SKY', 'TEMPLATE', 'DIFFERENCE'].map((name) => extension(name, 9, sky));
    const maps = [extension('WEIGHT_MAP', 4), { ...plane((x) => (x === 7 ? 1 : 0)), name: 'BADMASK' }];
    const file = canvas.tile(
      'all.fits',
      at,
      plane(() => 1),
      ...known.map((one) => ({ ...one, cards: { ...one.cards, EXTNAME: one.name } })),
      ...maps,
    );
    const good = await mosaic(file, '--hdu', 'all');
    expect([good.tiles, good.warnings, good.weights[pixel(6, 5)], good.weights[pixel(7, 5)]]).toEqual([1, [], 4, 0]);
    const odd = ['WAVELET', 'ENHANCED'].map((name) => extension(name, 9, { ...sky, EXTNAME: name }));
    const { tiles, warnings } = await mosaic(
      canvas.tile(
        'odd.fits',
        at,
        plane(() => 1),
        ...odd,
      ),
      '--hdu',
      'all',
    );
    expect(tiles).toBe(3);
    expect(warnings.filter((line) => line.includes('WAVELET, ENHANCED (odd.fits)'))).toHaveLength(1);
  });

  /** The WCS of a tile, for its extensions. */
  async function own(): Promise<Cards> {
    const [image] = readFits(
      canvas.tile(
        'wcs.fits',
        at,
        plane(() => 1),
      ),
    );
    const cards = Object.entries(image?.cards ?? {});
    return Object.fromEntries(cards.filter(([key]) => /^(C(TYPE|RVAL|RPIX)\d|CD\d_\d)$/.test(key)));
  }
});

describe('what headers say of filters, frames and scales', () => {
  const named = (cards: Cards[]) =>
    cards.map((one, n) =>
      canvas.tile(
        `tile-${n}.fits`,
        at,
        plane(() => n, one),
      ),
    );

  test.each<[survey: string, ...tiles: Cards[]]>([
    ['VIRCAM', { INSFILTE: 'Ks' }, { INSFILTE: 'J' }],
    ['HAWK-I', { 'HIERARCH ESO INS FILT2 NAME': 'Ks' }, { 'HIERARCH ESO INS FILT2 NAME': 'J' }],
    ['IRAC', { CHNLNUM: 1 }, { CHNLNUM: 2 }],
    ['Herschel', { WAVELNTH: 250 }, { WAVELNTH: 350 }],
    ['NIRCam', { FILTER: 'F444W', PUPIL: 'F470N' }, { FILTER: 'F444W', PUPIL: 'CLEAR' }],
  ])('%s: unlike filters are told', async (_, ...cards) => {
    const { tiles, warnings } = await mosaic(...named(cards));
    expect([tiles, warnings]).toEqual([2, [expect.stringContaining('tiles differ in FILTER')]]);
  });

  test('stacks weigh as many frames as they hold', async () => {
    const cards = [{ NUMFRAME: 30 }, { 'HIERARCH ESO PRO DATANCOM': 10 }];
    const { values, weights, warnings } = await mosaic(...named(cards));
    expect([values[pixel(6, 5)], weights[pixel(6, 5)]]).toEqual([0.25, 40]);
    expect(warnings).toEqual([
      expect.stringContaining('under unlike keywords: NUMFRAME 30 (1: tile-0.fits), ESO PRO DATANCOM 10'),
    ]);
  });

  test('zero points on unlike scales, quoted or not; units in other spellings are no difference', async () => {
    const warnings = async (...cards: Cards[]) => (await mosaic(...named(cards))).warnings;
    const unlike = await warnings({ MAGZP: 25, BUNIT: 'ADU' }, { MAGZP: '26.0', BUNIT: 'adu' });
    expect(unlike.filter((text) => !text.includes('quotes'))).toEqual([
      expect.stringContaining('up to 2.51 times the value: MAGZP 25 (1: tile-0.fits), MAGZP 26 (1: tile-1.fits)'),
    ]);
    const cards = [
      { MAGZP: 25, BUNIT: 'Jy/pix' },
      { MAGZP: 26, BUNIT: 'Jy/pixel' },
    ];
    expect(await warnings(...cards)).toEqual([]);
  });
});
