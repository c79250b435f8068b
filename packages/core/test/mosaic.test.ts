import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalPath } from '../src/inputs/output-paths.ts';
import { coded } from './fake-engine.ts';
import { file, hdu, wcs } from './fake-facts.ts';
import { of, trial } from './trial.ts';

describe('the run', () => {
  test('all channels are made in one pass, and each chunk knows the next one', async () => {
    const { fake, run } = trial('a.fits');
    await run({ chunkRows: 400 });
    expect(fake.asked.chunks).toEqual([
      { on: { processor: 'cpu' }, channel: 0, channels: 1, row0: 0, rows: 400, nextRow0: 400, nextRows: 400 },
      { on: { processor: 'cpu' }, channel: 0, channels: 1, row0: 400, rows: 400, nextRow0: 800, nextRows: 200 },
      { on: { processor: 'cpu' }, channel: 0, channels: 1, row0: 800, rows: 200 },
    ]);
  });

  test('one broken tile of three is the only one lost', async () => {
    const { fake, dir, events, run } = trial('a.fits', 'b.fits', 'c.fits');
    fake.script.broken.set(join(dir, 'b.fits'), 'truncated');
    expect(await run()).toBe(0);
    expect(fake.asked.specs.map((spec) => spec.path)).toEqual([join(dir, 'a.fits'), join(dir, 'c.fits')]);
    expect(of(events, 'tile.skipped')).toMatchObject([{ code: 'truncated' }]);
  });

  test('tiles are opened once, and changed where the grid changes their factors', async () => {
    const { fake, dir, run } = trial('a.fits', 'b.fits');
    const path = join(dir, 'a.fits');
    const keywords = { BUNIT: 'Jy/pixel' };
    fake.script.facts.set(path, file(path, [hdu({ keywords, wcs: wcs({ scaleArcsec: 2 }) })]));
    expect(await run()).toBe(0);
    expect(fake.asked.opened).toBe(1);
    expect(fake.asked.specs.map(({ fluxScale }) => fluxScale)).toEqual([0.25, 1]);
  });

  test('a tile that added nothing is named, unless it could not be read', async () => {
    const { fake, dir, events, run } = trial('a.fits', 'b.fits', 'c.fits');
    fake.script.empty = new Set(['a.fits', 'c.fits'].map((name) => join(dir, name)));
    const problem = { code: 'truncated', reason: 'truncated', path: join(dir, 'c.fits') };
    fake.script.onChunk = () => ({ damaged: [{ tile: 2, problem }] });
    expect(await run()).toBe(0);
    const empty = of(events, 'warning').filter(({ code }) => code === 'tile_empty');
    expect(empty.map(({ path }) => path)).toEqual([join(dir, 'a.fits')]);
  });

  test('a tile that can be read only now and then is left out, and the others are not', async () => {
    const { fake, dir, events, run } = trial('a.fits', 'b.fits', 'c.fits');
    fake.script.brokenTogether.add(join(dir, 'b.fits'));
    expect(await run()).toBe(0);
    expect(of(events, 'tile.skipped').map(({ path }) => path)).toEqual([join(dir, 'b.fits')]);
    expect(fake.asked.specs.map(({ path }) => path)).toEqual(['a.fits', 'c.fits'].map((name) => join(dir, name)));
  });

  test('a tile of one value is named, unless all are', async () => {
    for (const [blank, named] of [
      [['a.fits'], ['a.fits']],
      [['a.fits', 'b.fits'], []],
    ] as const) {
      const { fake, dir, events, run } = trial('a.fits', 'b.fits');
      fake.script.constant = new Set(blank.map((name) => join(dir, name)));
      expect(await run()).toBe(0);
      const constant = of(events, 'warning').filter(({ code }) => code === 'tile_constant');
      expect(constant.map(({ path }) => path)).toEqual(named.map((name) => join(dir, name)));
    }
  });

  test('when no tile can be read, the run fails and leaves nothing to resume', async () => {
    const { fake, dir, run } = trial('a.fits');
    const problem = { code: 'compressed', reason: 'cannot decompress', path: join(dir, 'a.fits') };
    fake.script.onChunk = () => ({ covered: 0, damaged: [{ tile: 0, problem }] });
    await expect(run()).rejects.toMatchObject({ exit: 3, code: 'nothing_read' });
    expect(existsSync(journalPath(join(dir, 'm.fits')))).toBe(false);
  });

  test('an excluded image takes the planes beside it along', async () => {
    const { fake, dir, run } = trial('a.fits', 'a.weight.fits', 'a_mask.fits', 'b.fits');
    expect(await run({ exclude: 'a.fits' })).toBe(0);
    expect(fake.asked.specs.map((spec) => spec.path)).toEqual([join(dir, 'b.fits')]);
  });

  test('a failure that no tile caused is not blamed on one', async () => {
    const { fake, run } = trial('a.fits', 'b.fits');
    const open = fake.engine.openTiles;
    fake.engine.openTiles = (specs, unpacked) =>
      specs.length > 1 ? Promise.reject(coded('too_many', 'too many')) : open(specs, unpacked);
    await expect(run()).rejects.toMatchObject({ exit: 3, code: 'too_many' });
  });

  test('tiles that the grid cannot show are skipped; if none is left, exit 3', async () => {
    const { fake, events, run } = trial('a.fits', 'b.fits');
    fake.script.grid = { dropped: [1] };
    expect(await run({ strict: true })).toBe(7);
    expect(of(events, 'tile.skipped')).toMatchObject([{ code: 'not_on_grid' }]);
    expect(of(events, 'run.done')).toMatchObject([{ tiles_used: 1, tiles_skipped: 1 }]);
    fake.script.grid = { dropped: [0, 1] };
    await expect(run({ force: true })).rejects.toMatchObject({ exit: 3 });
  });

  test('tiles outside the grid are skipped', async () => {
    const { fake, dir, events, run } = trial('a.fits', 'b.fits');
    fake.script.away.add(join(dir, 'b.fits'));
    expect(await run()).toBe(0);
    expect(of(events, 'tile.skipped')).toMatchObject([{ code: 'outside_grid' }]);
    expect(fake.asked.output?.cards.find((card) => card.key === 'NCOMBINE')?.value).toBe(1);
  });

  test('a preview that fails leaves the mosaic and says so; what else was asked for is made', async () => {
    const { fake, dir, events, run } = trial('a.fits');
    fake.script.previewError = coded('no_space', 'disk full');
    expect(await run({ preview: true, report: true })).toBe(8);
    const [warned] = of(events, 'warning');
    expect(warned).toMatchObject({ code: 'extra_failed', message: expect.stringContaining('the mosaic is complete') });
    const written = ['m.fits', 'm.report.json'].map((name) => join(dir, name));
    expect(of(events, 'run.done')).toMatchObject([{ outputs: written, report: written[1] }]);
    expect(readdirSync(dir).sort()).toEqual(['a.fits', 'm.fits', 'm.report.json']);
  });

  test('rows that cannot be read when backgrounds are compared count for --strict', async () => {
    const { fake, events, run } = trial('a.fits', 'b.fits');
    fake.script.unread = [{ tile: 1, problem: { code: 'io', reason: 'cannot read it' } }];
    expect(await run({ strict: true })).toBe(7);
    expect(of(events, 'warning').filter(({ code }) => code === 'tile_damaged')).toHaveLength(1);
  });

  test('a disk without room is told before the tiles are read', async () => {
    const { fake, run } = trial('a.fits', 'b.fits');
    fake.script.diskFree = 1000;
    await expect(run()).rejects.toMatchObject({ exit: 5, code: 'no_space' });
    expect(fake.asked.matches).toEqual([]);
  });

  test('a run that needs more memory than allowed warns, and says what to do', async () => {
    const { events, run } = trial('a.fits');
    await run({ ramMb: 16 });
    expect(of(events, 'warning')).toMatchObject([
      { code: 'over_memory', message: expect.stringContaining('--ram-mb') },
    ]);
  });

  test('no GPU option reaches the CPU: the plan is the same with any of them', async () => {
    const plans: unknown[] = [];
    for (const more of [
      {},
      { chunkMb: 64, vramFraction: 0.1, vramReserveMb: 9000, vramHardCapMb: 1, safeMode: 'on' as const },
    ]) {
      const { events, run } = trial('a.fits');
      await run(more);
      plans.push(of(events, 'plan'));
    }
    expect(plans[0]).toEqual(plans[1]);
  });
});
