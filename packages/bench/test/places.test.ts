import { afterAll, describe, expect, test } from 'bun:test';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownFolder, placesOf } from '../src/places.ts';

const dir = mkdtempSync(join(tmpdir(), 'zemosaic-places-'));
afterAll(() => rmSync(dir, { recursive: true }));
const user = process.geteuid?.() ?? 0;
const temporary = (name: string) => {
  const path = join(dir, name);
  mkdirSync(path);
  return { path, own: join(path, `zemosaic-bench-${user}`) };
};

describe.skipIf(process.platform === 'win32')('the folder of tiles that nobody has named', () => {
  test('is closed to others, and used again', () => {
    const { path, own } = temporary('new');
    expect(ownFolder(path, user)).toBe(own);
    expect(lstatSync(own).mode & 0o777).toBe(0o700);
    writeFileSync(join(own, 'kept'), '');
    expect(ownFolder(path, user)).toBe(own);
  });

  test.each<[string, (own: string) => void]>([
    ['is a link', (own) => symlinkSync(dir, own)],
    ['is a link', (own) => symlinkSync('nowhere', own)],
    ['is no folder', (own) => writeFileSync(own, '')],
    [
      'may be written to by others',
      (own) => {
        mkdirSync(own);
        chmodSync(own, 0o777);
      },
    ],
  ])('%s: it is refused, and nothing is written there', (why, make) => {
    const { path, own } = temporary(`odd-${Math.random()}`);
    make(own);
    expect(() => ownFolder(path, user)).toThrow(`${own}: ${why}`);
  });

  test("another user's is refused", () => {
    const { path } = temporary('others');
    mkdirSync(join(path, `zemosaic-bench-${user + 1}`));
    expect(() => ownFolder(path, user + 1)).toThrow('belongs to another user; move it away, or name a folder');
  });
});

test('mosaics go to a new folder beside the tiles, whatever has its name', () => {
  const tiles = join(dir, 'asked', 'tiles');
  const [one, two] = [placesOf(tiles), placesOf(tiles)];
  expect(one.tiles).toBe(tiles);
  expect(one.work).not.toBe(two.work);
  expect(lstatSync(two.work).isDirectory()).toBe(true);
});
