import { afterAll, expect, test } from 'bun:test';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@zemosaic/core';
import { loadScenario } from '../src/scenario.ts';
import { tilesOf } from '../src/tiles.ts';

const dir = mkdtempSync(join(tmpdir(), 'zemosaic-tiles-'));
afterAll(() => rmSync(dir, { recursive: true }));
const small = loadScenario('small');
const count = small.layout.columns * small.layout.rows * small.layout.repeats;
const names = Array.from({ length: count }, (_, at) => `tile-${String(at + 1).padStart(4, '0')}.fits`);

let simulated = 0;
const engine = {
  simulate: async (folder: string) => {
    simulated += 1;
    return names.map((name) => {
      writeFileSync(join(folder, name), `pixels of ${name}`);
      return join(folder, name);
    });
  },
} as unknown as Engine;

/** A folder of tiles that are complete. */
async function complete(name: string) {
  const cache = join(dir, name);
  const { paths, made } = await tilesOf(engine, small, cache);
  expect([paths.length, made]).toEqual([count, true]);
  const tiles = join(paths[0] ?? '', '..');
  return { cache, tiles, at: (file: string) => join(tiles, file), again: () => tilesOf(engine, small, cache) };
}

test('complete tiles are used again, whatever else lies there', async () => {
  const { at, again } = await complete('whole');
  writeFileSync(at('notes.txt'), 'mine');
  const before = simulated;
  expect((await again()).made).toBe(false);
  expect([simulated, readFileSync(at('notes.txt'), 'utf8')]).toEqual([before, 'mine']);
});

test('incomplete ones are made again where only tiles lie there', async () => {
  const { cache, tiles, at, again } = await complete('missing');
  unlinkSync(at('tile-0002.fits'));
  expect((await again()).made).toBe(true);
  unlinkSync(at('tiles.json'));
  expect((await again()).made).toBe(true);
  expect(readdirSync(tiles).sort()).toEqual([...names, 'tiles.json'].sort());
  expect(readdirSync(cache)).toHaveLength(1);
});

test.each<[string, (at: (file: string) => string) => void, string]>([
  ['a file', (at) => writeFileSync(at('notes.txt'), 'mine'), 'notes.txt'],
  ['a tile of a number that is not used', (at) => writeFileSync(at('tile-9999.fits'), 'mine'), 'tile-9999.fits'],
  ['a folder', (at) => mkdirSync(at('mine')), 'mine'],
  ['a link', (at) => symlinkSync(dir, at('tile-0002.fits')), 'tile-0002.fits'],
])('%s of somebody in an incomplete folder: nothing is removed', async (what, make, name) => {
  const { cache, tiles, at, again } = await complete(what);
  unlinkSync(at('tile-0002.fits'));
  make(at);
  const before = readdirSync(tiles);
  await expect(again()).rejects.toThrow(`${tiles}: not complete, and holds ${name}, which no bench made`);
  expect([readdirSync(tiles), readdirSync(cache).length]).toEqual([before, 1]);
});

test('a link in the place of the folder is not followed', async () => {
  const { tiles, again } = await complete('linked');
  const elsewhere = join(dir, 'elsewhere');
  renameSync(tiles, elsewhere);
  unlinkSync(join(elsewhere, 'tile-0001.fits'));
  symlinkSync(elsewhere, tiles);
  await expect(again()).rejects.toThrow(`${tiles}: no folder of tiles that a bench made`);
  expect(readdirSync(elsewhere)).toHaveLength(count);
});

test.skipIf(!existsSync('/usr/bin/mkfifo'))('nobody waits for a pipe', async () => {
  const { at, again } = await complete('pipe');
  unlinkSync(at('tiles.json'));
  Bun.spawnSync(['mkfifo', at('tiles.json')]);
  await expect(again()).rejects.toThrow('holds tiles.json, which no bench made');
});
