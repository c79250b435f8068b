import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunReportSchema } from '@zemosaic/core/report-schema';
import Value from 'typebox/value';
import { coded, fakeEngine } from '../../core/test/fake-engine.ts';
import { bare, file, hdu } from '../../core/test/fake-facts.ts';
import { cli, folder } from './run-cli.ts';

describe('mosaic', () => {
  test('makes a mosaic of a folder', async () => {
    const dir = folder('a.fits', 'b.FIT', 'c.txt');
    const fake = fakeEngine();
    const out = join(dir, 'm.fits');
    const ran = await cli(['mosaic', dir, '-o', out], fake);
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain(out);
    expect(ran.out).toContain('100.0 % covered');
    expect(existsSync(out)).toBe(true);
    expect(fake.asked.specs.map((spec) => spec.path)).toEqual([join(dir, 'a.fits'), join(dir, 'b.FIT')]);
    expect(fake.asked.pixels).toEqual({ kernel: 'bilinear', combine: 'mean', mapErrorPx: 0.0001 });
  });

  test('speaks NDJSON, each event with schema and t', async () => {
    const dir = folder('a.fits');
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--json', '--chunk-rows', '300']);
    expect(ran.exit).toBe(0);
    const names = ran.events.map((event) => event.event);
    expect(names).toEqual([
      'run.started',
      'plan',
      'chunk.done',
      'chunk.done',
      'chunk.done',
      'chunk.done',
      'channel.done',
      'run.done',
    ]);
    expect(ran.events.every((event) => event.schema === 1 && typeof event.t === 'number')).toBe(true);
    expect(Object.keys(ran.events[0]?.origins ?? {})).toEqual(Object.keys(ran.events[0]?.options ?? {}));
    expect(ran.events[0]?.origins).toMatchObject({ 'chunk-rows': 'flag', kernel: 'default' });
  });

  test('skips files that are not tiles, and --strict makes that exit 7', async () => {
    const dir = folder('a.fits', 'b.fits');
    const fake = fakeEngine();
    fake.script.facts.set(join(dir, 'b.fits'), file(join(dir, 'b.fits'), [bare()]));
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--strict', '--json'], fake);
    expect(ran.exit).toBe(7);
    expect(ran.events.find((event) => event.event === 'tile.skipped')).toMatchObject({ code: 'no_wcs' });
    expect(ran.err).toContain('WARN');
  });

  test('exit 3 when no tile is left, naming the file and what to do', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    fake.script.facts.set(join(dir, 'a.fits'), file(join(dir, 'a.fits'), [hdu({ keywords: { BAYERPAT: 'RGGB' } })]));
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits')], fake);
    expect(ran.exit).toBe(3);
    expect(ran.err).toMatch(/error {2}.*a\.fits.*BAYERPAT=RGGB.*debayer/);
  });

  test('exit 3 for a missing path before any work', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    const ran = await cli(['mosaic', join(dir, 'a.fits'), join(dir, 'z.fits'), '-o', join(dir, 'm.fits')], fake);
    expect(ran.exit).toBe(3);
    expect(fake.asked.read).toEqual([]);
  });

  test('exit 2 when the output is an input, exit 5 when it exists', async () => {
    const dir = folder('a.fits', 'm.fits');
    const both = await cli(['mosaic', join(dir, 'a.fits'), '-o', join(dir, 'a.fits'), '--force']);
    expect(both.exit).toBe(2);
    const exists = await cli(['mosaic', join(dir, 'a.fits'), '-o', join(dir, 'm.fits')]);
    expect(exists.exit).toBe(5);
    expect(exists.err).toContain('--force');
    const words = ['mosaic', dir, '-o', join(dir, 'm.fits'), '--force'];
    const others = await cli(words);
    expect(others.exit).toBe(2);
    expect(others.err).toContain('no mosaic of zemosaic');
    // As the fake engine leaves one.
    writeFileSync(join(dir, 'm.fits'), 'unfinished');
    const forced = await cli(words);
    expect(forced.exit).toBe(0);
    expect(forced.err).toContain('an output of this run');
  });

  test('exit 4 for an absurd grid, naming the outlier; --size allows it', async () => {
    const dir = folder('a.fits', 'b.fits');
    const fake = fakeEngine();
    fake.script.grid = { width: 100_000, height: 100_000, outlier: 1, outlierDeg: 77.25 };
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits')], fake);
    expect(ran.exit).toBe(4);
    expect(ran.err).toMatch(/b\.fits lies 77\.3 degrees/);
    expect(fake.asked.output).toBeNull();
    fake.script.grid = { width: 100_000, height: 100_000 };
    const asked = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--size', '100000,100000'], fake);
    expect(asked.exit).toBe(0);
  });

  test('exit 5 when the disk is too small', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    fake.script.diskFree = 1000;
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits')], fake);
    expect(ran.exit).toBe(5);
    expect(ran.err).toContain('free');
    expect(fake.asked.abandoned).toBe(1);
  });

  test('a failed chunk abandons the output: exit 6, and no file is left', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    fake.script.onChunk = () => ({ kind: 'failed', message: 'broken' });
    const out = join(dir, 'm.fits');
    const ran = await cli(['mosaic', dir, '-o', out, '--json'], fake);
    expect(ran.exit).toBe(6);
    expect(ran.events.at(-1)).toMatchObject({ event: 'run.failed', code: 'failed' });
    expect(existsSync(out) || existsSync(`${out}.part`)).toBe(false);
  });

  test('a full disk in the middle is exit 5', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    fake.script.onChunk = () => {
      throw coded('no_space', 'the disk is full');
    };
    expect((await cli(['mosaic', dir, '-o', join(dir, 'm.fits')], fake)).exit).toBe(5);
  });

  test('a requested backend that is missing: CPU with a warning, or exit 6', async () => {
    const dir = folder('a.fits');
    const out = join(dir, 'm.fits');
    const soft = await cli(['mosaic', dir, '-o', out, '--backend', 'cuda', '--json']);
    expect(soft.exit).toBe(0);
    expect(soft.events.some((event) => event.event === 'backend.fallback')).toBe(true);
    expect(soft.err).toContain('using the CPU');
    const hard = await cli(['mosaic', dir, '-o', join(dir, 'n.fits'), '--backend', 'wgpu', '--no-cpu-fallback']);
    expect(hard.exit).toBe(6);
  });

  test('preview and report are written and listed', async () => {
    const dir = folder('a.fits');
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--preview', '--report']);
    expect(ran.exit).toBe(0);
    const report = JSON.parse(readFileSync(join(dir, 'm.report.json'), 'utf8'));
    expect(Value.Check(RunReportSchema, report)).toBe(true);
    expect(report.outputs).toEqual(
      ['m.fits', 'm.png', 'm.report.json', 'm.report.html'].map((name) => join(dir, name)),
    );
    expect(ran.out).toContain('m.png');
  });

  test('quiet hides INFO and progress, but not WARN', async () => {
    const dir = folder('a.fits', 'b.fits');
    const fake = fakeEngine();
    fake.script.broken.set(join(dir, 'b.fits'), 'changed');
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--quiet'], fake);
    expect(ran.exit).toBe(0);
    expect(ran.err).toMatch(/^WARN {2}skipped .*b\.fits: changed.*\n$/);
  });

  test('a tile damaged in the middle causes one warning and counts for --strict', async () => {
    const dir = folder('a.fits');
    const fake = fakeEngine();
    fake.script.onChunk = () => ({
      damaged: [{ tile: 0, problem: { code: 'io', reason: 'rows 3 to 9 cannot be read' } }],
    });
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--chunk-rows', '100', '--strict'], fake);
    expect(ran.exit).toBe(7);
    expect(ran.err.match(/cannot be read/g)?.length).toBe(1);
  });

  test('a ZeMosaic config file is accepted, and its other keys are counted', async () => {
    const dir = folder('a.fits');
    const config = join(dir, 'zemosaic_config.json');
    writeFileSync(config, JSON.stringify({ use_gpu_phase5: false, phase5_chunk_mb: 256, theme: 'dark', lang: 'fr' }));
    const ran = await cli(['mosaic', dir, '-o', join(dir, 'm.fits'), '--config', config, '--json']);
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('2 ZeMosaic keys');
    const started = ran.events.find((event) => event.event === 'run.started');
    expect(started?.options).toMatchObject({ backend: 'cpu', 'chunk-mb': 256 });
    expect(started?.origins).toMatchObject({ backend: 'config' });
  });
});
