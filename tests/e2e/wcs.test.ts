import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type Cards, readFits, sky, writeFits } from './fits.ts';
import { remove, temporary, zemosaic } from './program.ts';

const [width, height] = [60, 40];
const ramp = (x: number, y: number) => 100 * y + x;
const plain = sky(width, height, [150, 20], 2);

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

function tile(name: string, cards: Cards, ...tables: { name: string; value: number }[]): string {
  const extensions = tables.map((table) => ({ name: table.name, width: 3, height: 2, value: () => table.value }));
  return writeFits(join(dir, name), { width, height, cards: { ...plain, ...cards }, value: ramp }, ...extensions);
}

describe('lookup tables', () => {
  test('a tile is drawn where the tables in its file put it', async () => {
    const reference = tile('plain.fits', {});
    const cards = { CPDIS1: 'LOOKUP', D2IMDIS2: 'Lookup' };
    const moved = tile('moved.fits', cards, { name: 'WCSDVARR', value: 2 }, { name: 'D2IMARR', value: -3 });
    const out = join(dir, 'moved-out.fits');
    const ran = await zemosaic(['mosaic', moved, '--like', reference, '-o', out]);
    expect({ exit: ran.exit, err: ran.exit === 0 ? '' : ran.err }).toEqual({ exit: 0, err: '' });
    const { values } = readFits(out)[0] as { values: Float32Array };
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const value = values[y * width + x] as number;
        if (x < 2 || y >= height - 3) expect(`${x} ${y} ${value}`).toBe(`${x} ${y} NaN`);
        else expect(Math.abs(value - ramp(x - 2, y + 3))).toBeLessThan(0.05);
      }
    }
  });

  test.each([
    ['no table', { CPDIS1: 'LOOKUP' }, 'CPDIS1'],
    ['another function', { D2IMDIS2: 'POLYNOMIAL' }, 'D2IMDIS2'],
    ['a table of the old kind', { AXISCORR: 1 }, 'AXISCORR'],
  ])('%s: the tile is refused, naming the keyword', async (_, cards, keyword) => {
    const path = tile('refused.fits', cards as Cards);
    const ran = await zemosaic(['mosaic', path, '-o', join(dir, 'never.fits')]);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain(keyword);
  });

  test('a reference grid is refused if a header cannot describe it', async () => {
    const path = tile('like.fits', { CPDIS1: 'LOOKUP' }, { name: 'WCSDVARR', value: 2 });
    const ran = await zemosaic(['mosaic', path, '--like', path, '-o', join(dir, 'never.fits')]);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('LOOKUP');
  });
});

describe('--projection', () => {
  test.each(['COE', 'BON', 'HPX', 'PCO', 'CYP'])('%s makes a mosaic with that projection', async (code) => {
    const out = join(dir, `${code}.fits`);
    const ran = await zemosaic(['mosaic', tile('tile.fits', {}), '--projection', code, '-o', out]);
    expect(ran.exit).toBe(0);
    expect(readFits(out)[0]?.cards.CTYPE1).toBe(`RA---${code}`);
  });

  test.each(['TSC', 'XPH', 'ZPN'])('%s is refused before any work', async (code) => {
    const ran = await zemosaic(['plan', tile('tile.fits', {}), '--projection', code]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain(code);
  });
});
