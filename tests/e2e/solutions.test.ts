import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cards, header, type Plane, partOf, readFits, sky, writeFits } from './fits.ts';
import { named, type Ran, remove, temporary, zemosaic } from './program.ts';

/** Images whose place on the sky stands in files beside them. */

let dir = '';
let out = '';
beforeAll(() => {
  dir = temporary();
  out = join(dir, 'out.fits');
  writeFits(join(dir, 'canvas.fits'), { width: 60, height: 50, cards: canvas, value: () => 0 });
});
afterAll(() => remove(dir));

const canvas = sky(60, 50, [150, 30]);
const size = { width: 40, height: 30 };
const value = (x: number, y: number) => 100 + x + 50 * y;
/** Pixel (0, 0) of an image lies on this pixel of the canvas. */
const right = partOf(canvas, [5, 6]);
const wrong = partOf(canvas, [9, 6]);

const image = (name: string, ...planes: Partial<Plane>[]) =>
  writeFits(join(dir, name), ...planes.map((plane) => ({ ...size, value, ...plane })));

const text = (cards: Cards) => {
  const card = ([key, one]: [string, unknown]) =>
    `${key.padEnd(8)}= ${typeof one === 'string' ? `'${one}'` : String(one).toUpperCase()}`;
  return `${Object.entries(cards).map(card).join('\n')}\nEND\n`;
};
const beside = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};

async function mosaic(...words: string[]): Promise<{ ran: Ran; at: (x: number, y: number) => number }> {
  const fixed = ['--like', join(dir, 'canvas.fits'), '-o', out, '--force', '--kernel', 'nearest', '--json'];
  const ran = await zemosaic(['mosaic', ...words, ...fixed, '--match-background', 'none']);
  const values = ran.exit === 0 || ran.exit === 7 ? readFits(out)[0]?.values : undefined;
  return { ran, at: (x, y) => values?.[y * 60 + x] ?? Number.NaN };
}

const told = (ran: Ran, event: string, code: string) =>
  named(ran, event).flatMap((one) => (one.code === code ? [String(one.message)] : []));

describe('SCAMP', () => {
  test('.head takes the place of the WCS, extension by extension, and brings FLXSCALE', async () => {
    const tile = image(
      'ccds.fits',
      { cards: wrong },
      { cards: { ...wrong, CROTA2: 40 }, value: (x, y) => value(x, y) + 9 },
    );
    const second = partOf(canvas, [15, 10]);
    beside('ccds.head', `COMMENT   (c) Éric\n${text({ ...right, FLXSCALE: 2 })}${text({ ...second, FLXSCALE: 10 })}`);
    const first = await mosaic(tile);
    expect(first.ran.exit).toBe(0);
    expect([first.at(5, 6), first.at(12, 10)]).toEqual([200, 2 * value(7, 4)]);
    expect(told(first.ran, 'info', 'solution_beside')).toEqual([
      'the header of SCAMP (.head) beside 1 tile is taken (ccds.head)',
    ]);
    const { at } = await mosaic(`${tile}[1]`);
    expect(at(15, 10)).toBe(1090);
    const without = await mosaic(tile, '--solutions', 'none');
    expect(without.at(9, 6)).toBe(100);
  });

  test('.ahead adds keywords to the WCS that is there; .head counts before it', async () => {
    const tile = image('more.fits', { cards: right });
    beside('more.ahead', text({ FLXSCALE: 3, CRVAL1: canvas.CRVAL1 ?? 0 }));
    const { at } = await mosaic(tile);
    expect(at(5, 6)).toBe(300);
    beside('more.head', text({ ...wrong, FLXSCALE: 5 }));
    expect((await mosaic(tile)).at(9, 6)).toBe(500);
  });

  test('.head of the images alone, where planes lie in the same file', async () => {
    const flat = { value: () => 1 };
    const tile = image('planes.fits', { cards: wrong }, { ...flat, name: 'WHT' }, { cards: wrong, name: 'SCI2' });
    beside('planes.head', text(right) + text(partOf(canvas, [15, 10])));
    const { ran, at } = await mosaic(tile, '--hdu', 'SCI2');
    expect([ran.exit, at(15, 10)]).toEqual([0, 100]);
    expect((await mosaic(tile)).at(5, 6)).toBe(100);
  });

  test('fewer headers than images: one line that names both files', async () => {
    const tile = image('pair.fits', { cards: right }, { cards: right });
    beside('pair.head', text(right));
    const { ran } = await mosaic(tile, '--hdu', 'all');
    expect(ran.exit).toBe(3);
    expect(ran.err.trim().split('\n').at(-1)).toBe(
      `error  ${tile}: its solution has 1 header, the file 2 images; make it again, or ignore it with --solutions none (${join(dir, 'pair.head')})`,
    );
    const good = image('good.fits', { cards: right });
    const both = await mosaic(tile, good, '--strict');
    expect([both.ran.exit, both.at(5, 6)]).toEqual([7, 100]);
  });
});

describe('plate solvers', () => {
  test('what is wrong in a file beside is told of that file', async () => {
    const cut = text({ CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CRVAL1: 150 });
    const singular = text({ ...right, CD1_1: 0, CD1_2: 0 });
    const cases = [
      ['cut.head', cut, 'no pixel scale'],
      ['singular.head', singular, 'is singular'],
      ['broken.ini', 'PLTSOLVD=T\nCRPIX1=200,5\nCRVAL1=150\n', 'CRPIX1 = 200,5: not a number'],
    ] as const;
    for (const [name, content, reason] of cases) {
      const cards = name.endsWith('.ini') ? {} : right;
      const tile = image(name.replace(/\..*/, '-of.fits'), { cards });
      beside(name.replace('.', '-of.'), content);
      const { ran } = await mosaic(tile);
      expect(ran.exit).toBe(3);
      expect(ran.err).toContain(reason);
      expect(ran.err).toContain(`--solutions none (${join(dir, name.replace('.', '-of.'))})`);
    }
  });

  const fits = (cards: Cards) => header({ SIMPLE: true, BITPIX: 8, NAXIS: 0, ...cards });
  const ini = (found: boolean) => {
    const keys = ['CRPIX1', 'CRPIX2', 'CRVAL1', 'CRVAL2', 'CD1_1', 'CD1_2', 'CD2_1', 'CD2_2'];
    const step = (key: string) => `${key}= ${Number(right[key]).toExponential(12).toUpperCase()}\r\n`;
    return found
      ? `PLTSOLVD=T\r\n${keys.map(step).join('')}CDELT1=-1\r\nCROTA1= 33\r\nCMDLINE=astap -f /a/b=c.fits\r\n`
      : 'PLTSOLVD=F\r\nERROR=No solution found!\r\n';
  };

  test.each<[string, string, string | Uint8Array]>([
    ['astrometry.net: FITS without pixels', 'wcs', fits({ ...right, IMAGEW: 40, IMAGEH: 30 })],
    ['ASTAP: text', 'wcs', text({ SIMPLE: true, NAXIS: 2, NAXIS1: 40, NAXIS2: 30, ...right }).replaceAll('\n', '\r\n')],
    ['ASTAP: .ini', 'ini', ini(true)],
  ])('%s', async (kind, ending, content) => {
    const name = kind.replaceAll(/\W/g, '');
    const tile = image(`${name}.fits`, {});
    const solution = beside(`${name}.${ending}`, content);
    const { ran, at } = await mosaic(tile);
    expect([ran.exit, at(5, 6), at(44, 35)]).toEqual([0, 100, value(39, 29)]);
    expect(told(ran, 'info', 'solution_beside')).toHaveLength(1);
    expect((await zemosaic(['inspect', tile])).out).toContain(`solved by ${name}.${ending}`);
    const both = await mosaic(tile, solution, '--strict');
    expect(both.ran.exit).toBe(0);
    expect(told(both.ran, 'warning', 'sidecar_inputs')).toHaveLength(1);
  });

  test('a WCS that cannot be used gives way to a solution', async () => {
    const { CD1_1: _, CD1_2, CD2_1, CD2_2, ...unscaled } = right;
    const tile = image('unscaled.fits', { cards: unscaled });
    expect((await mosaic(tile)).ran.exit).toBe(3);
    beside('unscaled.wcs', fits({ ...right, IMAGEW: 40, IMAGEH: 30 }));
    expect((await mosaic(tile)).at(5, 6)).toBe(100);
  });

  test('the own WCS of an image counts, and a solution at odds with it is told', async () => {
    const tile = image('own.fits', { cards: right });
    beside('own.wcs', fits({ ...wrong, IMAGEW: 40, IMAGEH: 30 }));
    const { ran, at } = await mosaic(tile);
    expect(at(5, 6)).toBe(100);
    expect(told(ran, 'warning', 'solution_unused')).toEqual([
      `${tile}: its own WCS counts, which a solution beside it puts 4.00 px away; --solutions beside takes that one (${join(dir, 'own.wcs')})`,
    ]);
    expect((await mosaic(tile, '--solutions', 'beside')).at(9, 6)).toBe(100);
    beside('own.wcs', fits({ ...right, IMAGEW: 40, IMAGEH: 30 }));
    expect(named((await mosaic(tile)).ran, 'warning')).toEqual([]);
  });

  test.each<[string, string, string | Uint8Array, string]>([
    ['of another size', 'wcs', fits({ ...right, IMAGEW: 80, IMAGEH: 60 }), 'one of 80 x 60 pixels'],
    ['that was not found', 'ini', ini(false), 'no solution (PLTSOLVD = F)'],
    ['that is no header', 'wcs', '', 'cannot be read'],
    ['without a WCS', 'wcs', fits({}), 'no celestial WCS'],
  ])('a solution %s: one line, and the image is left out', async (kind, ending, content, says) => {
    const name = kind.replaceAll(' ', '-');
    const tile = image(`${name}.fits`, {});
    const solution = beside(`${name}.${ending}`, content);
    const { ran } = await mosaic(tile);
    expect(ran.exit).toBe(3);
    const line = ran.err.trim().split('\n').at(-1) ?? '';
    expect(line).toStartWith(`error  ${tile}`);
    expect(line).toContain(says);
    expect(line).toEndWith(`(${solution})`);
  });

  test('a solution without pixels is a grid, by IMAGEW and IMAGEH', async () => {
    const tile = image('grid.fits', { cards: right });
    const grid = beside('other.wcs', fits({ ...canvas, IMAGEW: 60, IMAGEH: 50 }));
    const ran = await zemosaic(['mosaic', tile, '--like', grid, '-o', out, '--force', '--kernel', 'nearest']);
    expect(ran.exit).toBe(0);
    const [made] = readFits(out);
    expect([made?.width, made?.height, made?.values[6 * 60 + 5]]).toEqual([60, 50, 100]);
  });
});
