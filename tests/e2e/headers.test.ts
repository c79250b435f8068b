import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cards, header, padded, readFits, writeFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

const [width, height] = [40, 30];
const ramp = (x: number, y: number) => 100 * y + x;
const plain: Cards = {
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRVAL1: 150,
  CRVAL2: 20,
  CRPIX1: 20.5,
  CRPIX2: 15.5,
  CDELT1: -0.001,
  CDELT2: 0.001,
};
const without = (cards: Cards, ...keys: string[]): Cards =>
  Object.fromEntries(Object.entries(cards).filter(([key]) => !keys.includes(key)));

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

const tile = (name: string, cards: Cards) => writeFits(join(dir, name), { width, height, cards, value: ramp });

async function mosaic(...words: string[]) {
  const out = join(dir, 'out.fits');
  const ran = await zemosaic(['mosaic', ...words, '-o', out, '--force', '--json', '--match-background', 'none']);
  const [image] = ran.exit === 0 ? readFits(out) : [];
  const warnings = named(ran, 'warning').map((one) => String(one.message));
  return { exit: ran.exit, err: ran.err, image, warnings };
}

/** The mosaic is the tile itself. */
async function isTheTile(...words: string[]): Promise<string[]> {
  const { exit, err, image, warnings } = await mosaic(...words);
  expect({ exit, err: exit === 0 ? '' : err }).toEqual({ exit: 0, err: '' });
  expect([image?.width, image?.height]).toEqual([width, height]);
  let worst = 0;
  for (const [at, value] of (image?.values ?? []).entries()) {
    worst = Math.max(worst, Math.abs(value - ramp(at % width, Math.floor(at / width))));
  }
  expect(worst).toBeLessThan(0.05);
  return warnings;
}

describe('headers as they are really written', () => {
  test('the matrix of Pan-STARRS, and numbers and years in quotes', async () => {
    const turn = { CDELT1: 0.001, PC001001: -1, PC001002: 0, PC002001: 0, PC002002: 1 };
    expect(await isTheTile(tile('ps1.fits', { ...plain, ...turn }))).toEqual([]);
    const quoted = { ...plain, CRPIX1: '20.5', EQUINOX: 'J2000', BSCALE: '1', BZERO: '0' };
    const said = (await isTheTile(tile('quoted.fits', quoted))).join(' ');
    expect(said).toContain('CRPIX1');
    expect(said).toContain('EQUINOX = J2000');
  });

  test('any number that is read may stand in quotes, and is told once', async () => {
    const told = (n: number) => ({ ...plain, FLXSCALE: '2.0', NCOMBINE: `${n}`, EXPTIME: '6.0D1', GAIN: '1.50' });
    const paths = [tile('words1.fits', told(10)), tile('words2.fits', told(10))];
    const { image, warnings } = await mosaic(
      ...paths,
      tile('numbers.fits', { ...plain, FLXSCALE: 2, EXPTIME: 60, NCOMBINE: 40, GAIN: 1.5 }),
    );
    expect(image?.values[width * 10 + 5]).toBeCloseTo(2 * ramp(5, 10), 2);
    expect(image?.cards.EXPTIME).toBe(60);
    const kinds = ['FLXSCALE', 'NCOMBINE', 'EXPTIME', 'GAIN'].map((key) =>
      warnings.filter((line) => line.includes(key)),
    );
    expect(kinds.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(kinds[2]).toEqual(['EXPTIME is a number in quotes; it is read as 60 (words1.fits, words2.fits)']);
    const [, coverage] = readFits(join(dir, 'out.fits'));
    expect(coverage?.values[width * 10 + 5]).toBe(60);
    const own = await mosaic(tile('own-words.fits', { ...plain, MYCOUNT: '7' }), '--weights', 'mycount');
    expect(own.warnings).toEqual([expect.stringContaining('MYCOUNT is a number in quotes; it is read as 7')]);
    const none = await mosaic(tile('no-number.fits', { ...plain, EXPTIME: '60 s', NCOMBINE: 'many' }));
    expect(none.warnings).toEqual([]);
  });

  test('a factor that cannot be used is told', async () => {
    for (const [FLXSCALE, said] of [
      ['abc', "FLXSCALE is 'abc', no number; it is ignored"],
      [0, 'FLXSCALE is 0, not above 0; it is ignored'],
      [-1, 'FLXSCALE is -1, not above 0; it is ignored'],
    ] as const) {
      const { image, warnings } = await mosaic(tile('factor.fits', { ...plain, FLXSCALE }));
      expect(warnings).toEqual([expect.stringContaining(said)]);
      expect(image?.values[width * 10 + 5]).toBeCloseTo(ramp(5, 10), 2);
    }
  });

  test('the last of two cards counts, and both are told', async () => {
    const path = tile('twice.fits', { ...plain, CRVAL1: 151 });
    const bytes = readFileSync(path);
    const end = bytes.indexOf('END'.padEnd(80), 0, 'latin1');
    bytes.write('CRVAL1  =                150.0'.padEnd(80) + 'END'.padEnd(80), end, 'latin1');
    writeFileSync(path, bytes);
    const { image, warnings } = await mosaic(path);
    expect(image?.cards.CRVAL1).toBeCloseTo(150, 6);
    expect(warnings.join(' ')).toMatch(/CRVAL1 = 151.*CRVAL1 = 150/);
  });

  test('a WCS in the primary header counts under INHERIT alone', async () => {
    const file = (name: string, cards: Cards) => {
      const image = { XTENSION: 'IMAGE', BITPIX: -32, NAXIS: 2, NAXIS1: width, NAXIS2: height, PCOUNT: 0, GCOUNT: 1 };
      const values = Float32Array.from({ length: width * height }, (_, at) => ramp(at % width, Math.floor(at / width)));
      const pixels = Buffer.from(values.buffer).swap32();
      const parts = [
        header({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true, ...plain }),
        header({ ...image, ...cards }),
      ];
      writeFileSync(join(dir, name), Buffer.concat([...parts, padded(pixels, 0)]));
      return join(dir, name);
    };
    await isTheTile(file('inherits.fits', { INHERIT: true, EXTNAME: 'SCI' }));
    await isTheTile(`${join(dir, 'inherits.fits')}[SCI,1]`);
    const own = await mosaic(file('own.fits', { EXTNAME: 'SCI' }));
    expect([own.exit, own.err.includes('own.fits[1]: no celestial WCS of its own')]).toEqual([3, true]);
    expect((await mosaic(`${join(dir, 'inherits.fits')}[7]`)).err).toContain('has no HDU 7; it has 0, 1 SCI');
  });

  test('no scale: never used, not even with --like', async () => {
    const none = tile('noscale.fits', without(plain, 'CDELT1', 'CDELT2'));
    const good = tile('scale.fits', plain);
    const { err, exit } = await mosaic(none, good, '--like', good);
    expect(exit).toBe(0);
    expect(err).toContain('no pixel scale');
    await isTheTile(none, good, '--like', good);
    const alone = await zemosaic(['reproject', none, '--like', good, '-o', join(dir, 'never.fits')]);
    expect([alone.exit, alone.err.includes('no pixel scale')]).toEqual([3, true]);
  });

  test('a date of before 2000', async () => {
    const { image } = await mosaic(tile('date.fits', { ...plain, 'DATE-OBS': '30/03/76' }));
    expect(String(image?.cards['DATE-OBS'])).toStartWith('1976-03-30');
  });

  test('an alternate WCS by its letter', async () => {
    const alternate = Object.fromEntries(Object.entries(plain).map(([key, value]) => [`${key}B`, value]));
    const path = tile('alternate.fits', { ...plain, CRVAL2: 50, ...alternate });
    await isTheTile(path, '--wcs', 'b', '--like', tile('like.fits', plain));
    const missing = await mosaic(path, '--wcs', 'C');
    expect(missing.exit).toBe(3);
    expect(missing.err).toContain('no celestial WCS C');
    const alone = tile('alone.fits', { ...alternate, CTYPE1: 'LINEAR', CTYPE2: 'LINEAR' });
    expect((await isTheTile(alone)).join(' ')).toContain('alternate WCS B');
  });
});

describe('frames of other bodies', () => {
  const sun = { ...plain, CTYPE1: 'HPLN-TAN', CTYPE2: 'HPLT-TAN', CRVAL1: 0, CRVAL2: 0 };

  test('a mosaic within one keeps its axes', async () => {
    const tiles = [tile('sun1.fits', { ...sun, CRPIX1: 40.5 }), tile('sun2.fits', { ...sun, CRPIX1: 0.5 })];
    const { image, exit } = await mosaic(...tiles);
    expect([exit, image?.width, image?.height]).toEqual([0, 80, height]);
    expect(image?.cards).toMatchObject({ CTYPE1: 'HPLN-TAN', CTYPE2: 'HPLT-TAN' });
    expect(image?.cards).not.toHaveProperty('RADESYS');
  });

  test('longitudes run as the tiles have them, which is to the right on the Sun', async () => {
    await isTheTile(tile('west.fits', { ...sun, CDELT1: 0.001 }));
    await isTheTile(tile('west.fits', { ...sun, CDELT1: 0.001 }), '--rotation', 'auto');
    await isTheTile(tile('east.fits', sun));
  });

  test('mixing is refused, with both files named', async () => {
    const [one, other] = [tile('sun3.fits', sun), tile('star.fits', plain)];
    const { exit, err } = await mosaic(one, other);
    expect(exit).toBe(3);
    expect(err).toMatch(/sun3\.fits is in the frame HPLN\/HPLT and .*star\.fits in ICRS/);
    expect((await mosaic(one, '--like', other)).err).toContain('star.fits');
  });
});

describe('messages', () => {
  test.each([
    ['a.xisf', 'XISF0100', 'XISF file of PixInsight, not a FITS file; save it as FITS first'],
    ['a.tif', 'II*\0', 'TIFF image'],
    ['a.fits.xz', '\xFD7zXZ\0', 'unxz'],
    ['page.fits', '<!DOCTYPE html>', 'web page'],
    ['lfs.fits', 'version https://git-lfs.github.com/spec/v1\n', 'git lfs pull'],
  ])('%s is named as what it is', async (name, start, words) => {
    writeFileSync(join(dir, name), Buffer.from(start.padEnd(4000, '.'), 'latin1'));
    const { exit, err } = await mosaic(join(dir, name));
    expect(exit).toBe(3);
    expect(err).toContain(`${name}: `);
    expect(err).toContain(words);
  });

  test.each([
    ['RA', 'DEC', 'CTYPE1 = RA', 'RA---TAN'],
    ['RA---XYZ', 'DEC--XYZ', 'CTYPE1 = RA---XYZ', 'not supported'],
  ])('CTYPE %s: what stands there and what would do', async (lng, lat, stands, would) => {
    const { exit, err } = await mosaic(tile('ctype.fits', { ...plain, CTYPE1: lng, CTYPE2: lat }));
    expect(exit).toBe(3);
    expect(err).toContain(stands);
    expect(err).toContain(would);
  });

  test('trouble with the header of --like names it', async () => {
    const like = (cards: Cards) => {
      const all = Object.entries({ NAXIS: 2, NAXIS1: 40, NAXIS2: 30, ...plain, ...cards });
      const text = all.map(([key, value]) => `${key.padEnd(8)}= ${typeof value === 'string' ? `'${value}'` : value}`);
      writeFileSync(join(dir, 'grid.hdr'), `${text.join('\n')}\nEND\n`);
      return mosaic(tile('tile.fits', plain), '--like', join(dir, 'grid.hdr'));
    };
    const refused = await like({ CRVAL2: 100 });
    expect(refused.exit).toBe(3);
    expect(refused.err).toMatch(/grid\.hdr: .*CRVAL2/);
    const told = await like({ EQUINOX: '2000.0' });
    expect(told.exit).toBe(0);
    expect(told.warnings.join(' ')).toMatch(/grid\.hdr: EQUINOX = 2000\.0/);
  });
});
