import { afterAll, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from '../canvas.ts';
import { remove, temporary, zemosaic } from '../program.ts';

const dir = temporary();
afterAll(() => remove(dir));
const canvas = new Canvas(dir, 700, 700);
const sides = { width: 690, height: 690, value: (x: number, y: number) => ((x * 7919 + y * 104729) % 997) + 100 };
const tiles = Array.from({ length: 40 }, (_, at) => canvas.tile(`t${at}.fits`, [at / 50, 0.3], sides));
const out = join(dir, 'm.fits');

describe('--ram-mb', () => {
  test('holds, or one line says before the first chunk that it does not', async () => {
    let held = 0;
    let warned = 0;
    for (const ram of [80, 100, 120, 140, 200]) {
      for (const more of [
        ['--combine', 'winsorized', '--kernel', 'lanczos4'],
        ['--feather', '30'],
      ]) {
        const words = ['mosaic', ...tiles, '--like', canvas.like, '-o', out, '--force', '--backend', 'cpu', '--report'];
        const ran = await zemosaic([...words, '--ram-mb', String(ram), ...more, '--json']);
        expect(ran.exit).toBe(0);
        const codes = ran.events.map(({ event, code }) => (event === 'warning' ? code : event));
        const told = codes.slice(0, codes.indexOf('chunk.done')).includes('over_memory');
        const { host } = JSON.parse(readFileSync(join(dir, 'm.report.json'), 'utf8'));
        if (told) warned += 1;
        else expect(`${ram} ${more}: ${host.peak_rss / 2 ** 20 <= ram}`).toBe(`${ram} ${more}: true`);
        if (!told) held += 1;
      }
    }
    expect([held > 0, warned > 0]).toEqual([true, true]);
  }, 120_000);
});

test('a NUL in a list of names is unusable input: exit 3, and the line says how to write it', async () => {
  const list = join(dir, 'list.txt');
  writeFileSync(list, `${tiles.slice(0, 2).join('\0')}\0`);
  const ran = await zemosaic(['mosaic', `@${list}`, '-o', out, '--force']);
  expect(ran.exit).toBe(3);
  expect(ran.err).toContain('has a NUL behind it; write one name a line');
});
