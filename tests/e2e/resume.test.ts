import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { appendFileSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Canvas } from './canvas.ts';
import { killed, unbroken, type Victim } from './kills.ts';
import { filesIn, named, remove, sha256, start, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

let dir = '';
let tiles: string[] = [];
beforeAll(async () => {
  dir = temporary();
  await zemosaic(['demo', '-o', join(dir, 'sky')]);
  tiles = filesIn(join(dir, 'sky', 'tiles'));
});
afterAll(() => remove(dir));

const backends = [{ name: 'cpu' as const, environment: {} }, ...gpus];

describe('a run that is killed', () => {
  for (const { name, environment } of backends) {
    test(`${name}: four times at any moment, it gives the bytes of an uninterrupted one`, async () => {
      const argv = [...tiles, '--backend', name, '--chunk-rows', '16', '--report'];
      const victim: Victim = { dir, name, argv, environment };
      const whole = await unbroken({ ...victim, argv: [...argv.slice(0, -3), '--chunk-rows', '500'] });
      const survived = await killed(victim, [3, 40, 7, 1]);
      expect(survived.cut).toEqual([true, true, true, true]);
      expect(survived.resumed[0]).toBe(0);
      expect(survived.resumed.slice(1).every((rows, at) => rows > (survived.resumed[at] ?? 0))).toBe(true);
      expect(survived.sha256).toBe(whole);
      expect(
        filesIn(dir)
          .map((path) => basename(path))
          .filter((file) => file.startsWith(`.${name}`)),
      ).toEqual([]);
      expect(existsSync(join(dir, `${name}.fits.zemosaic-journal`))).toBe(false);
      const report = JSON.parse(readFileSync(join(dir, `${name}.report.json`), 'utf8'));
      const { height, planes } = report.grid;
      const rows = report.channels.map((one: { rows_done: number; channels: number }) => one.rows_done * one.channels);
      expect(rows.reduce((a: number, b: number) => a + b)).toBe(height * planes);
      expect(report.resumed.rows).toBe(survived.resumed.at(-1) as number);
    });
  }

  test('its report has the counts of an uninterrupted run', async () => {
    for (const { name, environment } of backends) {
      const out = join(dir, `${name}-counts.fits`);
      const argv = [
        'mosaic',
        ...tiles,
        '-o',
        out,
        '--backend',
        name,
        '--chunk-rows',
        '16',
        '--report',
        '--reproducible',
      ];
      expect((await zemosaic(argv, environment)).exit).toBe(0);
      const report = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
      const counts = (path: string) =>
        report(path).channels.map((channel: Record<string, unknown>) =>
          ['covered', 'dead_in_one_channel', 'chunks', 'rows_done', 'bytes_written', 'map_error_px'].map((key) => [
            key,
            channel[key],
          ]),
        );
      expect(counts(join(dir, `${name}.report.json`))).toEqual(counts(join(dir, `${name}-counts.report.json`)));
    }
  });
});

describe('channels with their own tiles', () => {
  for (const { name, environment } of backends.filter((one) => one.name === 'cuda')) {
    test(`${name}: killed in each of them, the bytes are those of an uninterrupted run`, async () => {
      const canvas = new Canvas(dir, 300, 900);
      // Each filter has rows that the others do not reach, and ends in rows that they do.
      const mono = [
        ['A', 0],
        ['B', 250],
        ['C', 500],
      ].map(([filter, y]) =>
        canvas.tile(`${name}-${filter}.fits`, [20.3, Number(y) + 0.4], {
          ...{ width: 250, height: 350, cards: { FILTER: String(filter) } },
          value: (x, row) => (x === row ? Number.NaN : 100 + x + row),
        }),
      );
      const options = ['--like', canvas.like, '--channels', 'R=A,G=B,B=C', '--backend', name];
      const argv = [...mono, ...options, '--match-background', 'none', '--chunk-rows', '20'];
      const victim: Victim = { dir, name: `${name}-channels`, argv, environment };
      const whole = await unbroken(victim);
      const survived = await killed(victim, [3, 50, 40]);
      expect(survived.cut).toEqual([true, true, true]);
      expect(survived.resumed.at(-1)).toBeGreaterThan(1800);
      expect(survived.sha256).toBe(whole);
    });
  }
});

describe('the rest of a killed run', () => {
  const argv = () => [...tiles, '--backend', 'cpu', '--chunk-rows', '16'];

  test('is ignored after a change of a tile, or if it is damaged: one line', async () => {
    for (const [name, change] of [
      ['touched', () => utimesSync(tiles[4] ?? '', new Date(), new Date())],
      ['journal', () => appendFileSync(join(dir, 'journal.fits.zemosaic-journal'), 'garbage\n')],
      ['partial', () => writeFileSync(join(dir, '.partial.fits.partial'), new Uint8Array(1000))],
    ] as const) {
      const cut = await killedOnce(name, argv());
      change();
      const ran = await zemosaic(cut);
      expect(ran.exit).toBe(0);
      expect(named(ran, 'warning').filter(({ code }) => code === 'journal_ignored')).toHaveLength(1);
      expect(named(ran, 'info').filter(({ code }) => code === 'resumed')).toEqual([]);
    }
  });

  test('is not thrown away for another option: exit 5 names it, and the same command still resumes', async () => {
    const cut = await killedOnce('options', argv());
    const ran = await zemosaic([...cut, '--kernel', 'nearest']);
    expect(ran.exit).toBe(5);
    expect(ran.err).toMatch(/rows that were made with --kernel bilinear \(now --kernel nearest\); .*--no-resume/);
    const again = await zemosaic(cut);
    expect(named(again, 'info').filter(({ code }) => code === 'resumed')).toHaveLength(1);
  });

  test('is no reason for plan to refuse, which has no --split; another option is', async () => {
    await killedOnce('planned', [...argv(), '--split']);
    const plan = ['plan', ...argv(), '--reproducible', '-o', join(dir, 'planned.fits')];
    expect((await zemosaic(plan)).exit).toBe(0);
    const other = await zemosaic([...plan, '--kernel', 'nearest']);
    expect([other.exit, other.err.includes('were made with --kernel bilinear')]).toEqual([5, true]);
  });

  test('is discarded with --no-resume, and a dead process holds no lock', async () => {
    const cut = await killedOnce('over', argv());
    const ran = await zemosaic([...cut, '--no-resume']);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'info').filter(({ code }) => code === 'resumed')).toEqual([]);
  });

  test('can be resumed with other chunks, memory and threads', async () => {
    const cut = await killedOnce('other', argv());
    const ran = await zemosaic([...cut.slice(0, -2), '--chunk-rows', '101', '--threads', '1', '--ram-mb', '2000']);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'info').filter(({ code }) => code === 'resumed')).toHaveLength(1);
    expect(await sha256(join(dir, 'other.fits'))).toBe(await sha256(join(dir, 'over.fits')));
  });

  /** Words of a run that was killed after five chunks. */
  async function killedOnce(name: string, words: string[]): Promise<string[]> {
    const full = ['mosaic', '-o', join(dir, `${name}.fits`), '--json', '--reproducible', ...words];
    const child = start(full);
    let text = '';
    for await (const part of child.stdout) {
      text += new TextDecoder().decode(part);
      if (text.split('"chunk.done"').length > 5) child.kill('SIGKILL');
    }
    await child.exited;
    expect(existsSync(join(dir, `${name}.fits`))).toBe(false);
    return full;
  }
});
