import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sky, writeFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

/** Names that act on a terminal, forge a line, or are read in another order than they are written. */
const NAMES = [
  '\x1b]0;pwned\x07\x1b[2Jbad.fits',
  'x\nerror  t.fits is damaged #.fits',
  'a\u202Estif.fits',
  'c\u009b2J.fits',
];
const UNSEEN = /[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/u;

let dir = '';
const tiles = () => join(dir, 'tiles');
beforeAll(() => {
  dir = temporary();
  mkdirSync(tiles());
  const cards = { ...sky(40, 30, [10, 20]), FILTER: 'R\u001b[2J' };
  writeFits(join(tiles(), 't\x1b[31m.fits'), { width: 40, height: 30, cards, value: (x, y) => x + y });
  for (const name of NAMES) writeFileSync(join(tiles(), name), 'junk');
});
afterAll(() => remove(dir));

// Windows has no such names.
describe.skipIf(process.platform === 'win32')('names that do not print', () => {
  for (const words of [
    ['inspect'],
    ['plan'],
    ['mosaic', '-o', 'm\x1b[2J.fits', '--force', '--report'],
    ['inspect', 'no\x1b[2J.fits'],
  ]) {
    test(`are escaped by ${words.join(' ').replaceAll('\x1b', 'ESC')}`, async () => {
      const [command = '', ...options] = words;
      const argv = [command, ...(options[0]?.startsWith('no') ? [] : [tiles()]), ...options];
      const ran = await zemosaic(argv, {}, dir);
      expect(`${ran.out}${ran.err}`).not.toMatch(UNSEEN);
      expect(`${ran.out}${ran.err}`).not.toMatch(/^error {2}t\.fits/m);
      expect(`${ran.out}${ran.err}`).toContain('\\x1b');
      const json = await zemosaic([...argv, '--json'], {}, dir);
      expect(json.out).not.toMatch(UNSEEN);
      expect(json.err).not.toMatch(UNSEEN);
    });
  }

  test('stay what they are for programs: JSON holds the name of the file', async () => {
    const ran = await zemosaic(['mosaic', tiles(), '-o', 'n.fits', '--json'], {}, dir);
    const paths = named(ran, 'tile.skipped').map(({ path }) => path);
    expect(paths.sort()).toEqual(NAMES.map((name) => join(tiles(), name)).sort());
  });

  test('are escaped in both reports', async () => {
    expect((await zemosaic(['mosaic', tiles(), '-o', 'r.fits', '--report'], {}, dir)).exit).toBe(0);
    for (const name of ['r.report.json', 'r.report.html'])
      expect(readFileSync(join(dir, name), 'utf8')).not.toMatch(UNSEEN);
  });
});
