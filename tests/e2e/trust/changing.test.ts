import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Canvas } from '../canvas.ts';
import { readFits } from '../fits.ts';
import { named, remove, sha256, start, temporary, zemosaic } from '../program.ts';
import { type Ended, meanwhile } from './stopped.ts';

let dir = '';
let canvas: Canvas;
let tiles: string[] = [];
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 500, 600);
});
afterAll(() => remove(dir));

/** Two tiles, one above the other; the second has a weight map and a mask. Made anew, because tests change them. */
function fresh(): string[] {
  const plane = (level: number) => ({
    ...{ width: 500, height: 320 },
    value: (x: number, y: number) => level + ((x * 7919 + y * 104729) % 997),
  });
  const flat = (value: number) => ({ width: 500, height: 320, value: () => value });
  tiles = [canvas.tile('low.fits', [0.3, 0.2], plane(1000)), canvas.tile('high.fits', [0.3, 280.2], plane(5000))];
  canvas.tile('high.weight.fits', [0.3, 280.2], flat(2));
  canvas.tile('high.mask.fits', [0.3, 280.2], { ...flat(0), cards: { EXTNAME: 'MASK' } });
  return tiles;
}

const words = (out: string, ...more: string[]) => [
  ...['mosaic', ...tiles, '--like', canvas.like, '-o', join(dir, out), '--reproducible', '--backend', 'cpu'],
  ...[
    '--match-background',
    'none',
    '--blank',
    'none',
    '--kernel',
    'nearest',
    '--chunk-rows',
    '10',
    '--threads',
    '1',
    '--force',
    ...more,
  ],
];

/** The same file with other pixels behind a longer header. */
function rewrite(path: string, keep: { size: boolean; time: boolean }): void {
  const { atimeMs, mtimeMs } = statSync(path);
  const bytes = readFileSync(path);
  bytes.fill(0x42, 2880 * 3, bytes.length - 4000);
  writeFileSync(`${path}.new`, keep.size ? bytes : Buffer.concat([bytes.subarray(0, 2880), bytes]));
  if (keep.time) utimesSync(`${path}.new`, atimeMs / 1000, mtimeMs / 1000);
  renameSync(`${path}.new`, path);
}

/** Every pixel that the changed run made is one of the unchanged run; and some are missing. */
function expectOld(made: string, whole: string, missing: boolean): void {
  const [changed, unchanged] = [made, whole].map((name) => readFits(join(dir, name))[0]?.values);
  const other = changed?.filter((value, i) => !Number.isNaN(value) && value !== unchanged?.[i]).length;
  const lost = changed?.filter((value, i) => Number.isNaN(value) && !Number.isNaN(unchanged?.[i] ?? 0)).length ?? 0;
  expect([other, lost > 20_000]).toEqual([0, missing]);
}

const AT = { event: 'chunk.done', nth: 40 };
const damage = ({ err }: Ended) => err.split('\n').filter((line) => line.includes('changed during the run')).length;

describe('a file that changes while it is read', () => {
  for (const which of ['high.fits', 'high.weight.fits', 'high.mask.fits']) {
    for (const [how, keep] of [
      ['another size', { size: false, time: true }],
      ['another time', { size: true, time: false }],
      ['other pixels of the same size and time', { size: true, time: true }],
    ] as const) {
      test(`${which}, ${how}: no new pixel is mixed with the old ones, and one line says so`, async () => {
        fresh();
        expect((await zemosaic(words('whole.fits'))).exit).toBe(0);
        const ran = await meanwhile(words('changed.fits', '--strict'), AT, () => rewrite(join(dir, which), keep));
        expect(ran.exit).toBe(7);
        expect(damage(ran)).toBeGreaterThan(0);
        expectOld('changed.fits', 'whole.fits', true);
      });
    }
  }

  test('a file written in place is noticed as well, and stays damaged when its time is put back', async () => {
    const path = fresh()[1] ?? '';
    const { atimeMs, mtimeMs } = statSync(path);
    const ran = await meanwhile(words('inplace.fits'), AT, () => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0x42, 2880 * 3, bytes.length - 4000));
      utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
    });
    expect([ran.exit, damage(ran)]).toEqual([0, 1]);
  });

  test('a tile that becomes a pipe is damaged, and nobody waits for it', async () => {
    const path = fresh()[1] ?? '';
    const ran = await meanwhile(words('pipe.fits', '--strict'), AT, () => {
      rmSync(path);
      expect(Bun.spawnSync(['mkfifo', path]).exitCode).toBe(0);
    });
    rmSync(path);
    expect(ran.exit).toBe(7);
    expect(ran.err).toContain('it is not a regular file');
  });

  test('a tile that is gone before the output is begun costs a line, not the run', async () => {
    const path = fresh()[1] ?? '';
    const ran = await meanwhile(words('gone.fits'), { event: 'plan', nth: 1 }, () => rmSync(path));
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('was there when the run began and is gone');
  });
});

test('a solution is read once: what becomes of it during the run changes nothing, but is no ground to resume on', async () => {
  fresh();
  const head = join(dir, 'high.head');
  const before = `${'EXPTIME =                  3.0'.padEnd(80)}\nEND\n`;
  const after = `${'CRVAL1  =                 20.0'.padEnd(80)}\nEND\n`;
  writeFileSync(head, before);
  expect((await zemosaic(words('whole.fits'))).exit).toBe(0);
  const ran = await meanwhile(words('solved.fits', '--strict'), AT, () => writeFileSync(head, after));
  expect([ran.exit, damage(ran)]).toEqual([0, 0]);
  expect(await sha256(join(dir, 'solved.fits'))).toBe(await sha256(join(dir, 'whole.fits')));
  writeFileSync(head, before);
  const stopped = words('solved2.fits').filter((word) => word !== '--force');
  expect(await killedAt(stopped)).toBe(true);
  writeFileSync(head, after.replace('20.0', ' 3.0'));
  const again = await zemosaic([...stopped, '--json']);
  const [ignored] = named(again, 'warning').filter(({ code }) => code === 'journal_ignored');
  expect(ignored?.message).toContain('high.head has changed since');
  rmSync(head);
});

test('a chmod, a hard link, or a copy with its time in the place of a tile harm nothing', async () => {
  const path = fresh()[1] ?? '';
  expect((await zemosaic(words('whole.fits'))).exit).toBe(0);
  const changes = [
    () => chmodSync(path, 0o400),
    () => linkSync(path, join(dir, 'backup.fits')),
    () => {
      copyFileSync(path, `${path}.copy`);
      Bun.spawnSync(['touch', '-r', path, `${path}.copy`]);
      renameSync(`${path}.copy`, path);
    },
  ];
  for (const change of changes) {
    const ran = await meanwhile(words('same.fits'), AT, change);
    expect([ran.exit, damage(ran)]).toEqual([0, 0]);
    expect(await sha256(join(dir, 'same.fits'))).toBe(await sha256(join(dir, 'whole.fits')));
  }
  rmSync(join(dir, 'backup.fits'));
});

test('a stopped run is not resumed with another tile of the same size and time', async () => {
  const path = fresh()[1] ?? '';
  const stopped = words('resumed.fits').filter((word) => word !== '--force');
  expect(await killedAt(stopped)).toBe(true);
  rewrite(path, { size: true, time: true });
  const ran = await zemosaic([...stopped, '--json']);
  expect(ran.exit).toBe(0);
  const [ignored] = named(ran, 'warning').filter(({ code }) => code === 'journal_ignored');
  expect(ignored?.message).toContain('high.fits has changed since');
  expect((await zemosaic(words('again.fits'))).exit).toBe(0);
  expect(await sha256(join(dir, 'resumed.fits'))).toBe(await sha256(join(dir, 'again.fits')));
});

async function killedAt(argv: string[]): Promise<boolean> {
  const child = start([...argv, '--json']);
  let text = '';
  for await (const part of child.stdout) {
    text += new TextDecoder().decode(part);
    if (text.split('"chunk.done"').length > AT.nth) child.kill('SIGKILL');
  }
  await child.exited;
  return child.signalCode === 'SIGKILL';
}
