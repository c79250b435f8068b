import { afterAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sky, writeFits } from './fits.ts';
import { remove, temporary, zemosaic } from './program.ts';

const dir = temporary();
afterAll(() => remove(dir));

/** A tile of 60 x 40 px, `dx` pixels to the left of the sky's centre. */
function tile(name: string, dx: number): string {
  const cards = { ...sky(60, 40, [80, 0]), CRPIX1: 30.5 + dx };
  return writeFits(join(dir, name), { width: 60, height: 40, cards, value: (x, y) => 100 + x + y });
}

test.each([
  ['one file', []],
  ['split files', ['--split']],
])('the page of %s: real pictures, and every tile where it lies', async (name, more) => {
  const out = join(dir, `${more.length}.fits`);
  const argv = [
    'mosaic',
    tile('left.fits', 25),
    tile('right.fits', -25),
    '-o',
    out,
    '--report',
    '--force',
    '--json',
    ...more,
  ];
  const ran = await zemosaic(argv);
  expect(`${name} ${ran.exit}`).toBe(`${name} 0`);
  const page = readFileSync(join(dir, `${more.length}.report.html`), 'utf8');
  expect(ran.events.at(-1)?.outputs).toContain(join(dir, `${more.length}.report.html`));
  const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64'),
  );
  expect(pictures.map((png) => png.toString('latin1', 1, 4))).toEqual(['PNG', 'PNG']);
  // Both of the size of the grid: the second is the coverage, drawn over.
  const { width, height } = JSON.parse(readFileSync(join(dir, `${more.length}.report.json`), 'utf8')).grid;
  expect(pictures.map((png) => [png.readUInt32BE(16), png.readUInt32BE(20)])).toEqual([
    [width, height],
    [width, height],
  ]);
  const paths = [...page.matchAll(/<path d="([^"]+)" class="outline"><title>(\w+)/g)];
  const middles = paths.map(([, d = '', title]) => {
    const xs = [...d.matchAll(/[ML]([-\d.]+) /g)].map(([, x]) => Number(x));
    return [title, Math.round((Math.min(...xs) + Math.max(...xs)) / 2), Math.round(Math.max(...xs) - Math.min(...xs))];
  });
  // 110 px of sky: each tile is 60 of them, and their middles are 50 apart.
  expect(width).toBeGreaterThanOrEqual(110);
  const [[first, x1, w1] = [], [second, x2, w2] = []] = middles;
  expect([first, second, w1, w2]).toEqual(['left', 'right', 60, 60]);
  expect(Math.abs(Number(x2) - Number(x1))).toBe(50);
  expect(page).not.toMatch(/<script|<link|href=|url\(|https?:/);
});
