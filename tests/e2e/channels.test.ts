import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { holdsTogether } from './fits.ts';
import { killed, unbroken } from './kills.ts';
import { named, remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

const [W, H] = [110, 160];
let dir = '';
let canvas: Canvas;
const paths = new Map<string, string>();
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, W, H);
  const tile = (name: string, filter: string, offset: [number, number], level: number) => {
    const dead = (x: number, y: number) => filter === 'OIII' && (x - 30) ** 2 + (y - 20) ** 2 < 30;
    paths.set(
      name,
      canvas.tile(`${name}.fits`, offset, {
        ...{ width: 60, height: 50, cards: { FILTER: filter, EXPTIME: level } },
        value: (x, y) => (dead(x, y) ? Number.NaN : level + Math.fround(Math.sin(x * 0.3) * Math.cos(y * 0.2))),
      }),
    );
  };
  // Ha has rows that OIII and SII do not reach; SII begins and ends in the middle.
  tile('ha1', 'Ha', [2.3, 3.1], 100);
  tile('ha2', 'HA', [40.8, 60.4], 140);
  tile('ha3', 'ha', [20, 105], 180);
  tile('o1', 'OIII', [5.5, 8.2], 200);
  tile('o2', 'OIII', [45.1, 40], 260);
  tile('s1', 'SII', [25.25, 30.75], 300);
  tile('lum', 'L', [10, 10], 1000);
});
afterAll(() => remove(dir));

const all = () => [...paths.values()];
const SHO = ['--channels', 'R=SII,G=ha,B=OIII'];

describe('--channels', () => {
  test('the only tile of a channel overlaps no other, and that is no warning', async () => {
    const run = (names: string[], ...words: string[]) =>
      zemosaic([
        'mosaic',
        ...names.map((name) => paths.get(name) ?? ''),
        ...words,
        '-o',
        join(dir, 'sole.fits'),
        '--force',
      ]);
    const sole = await run(['o1', 'o2', 's1'], '--channels', 'R=SII,G=OIII,B=SII');
    expect([sole.exit, sole.err.includes('no other tile')]).toEqual([0, false]);
    const apart = await run(['o1', 'ha1', 'ha2', 's1'], ...SHO);
    expect([apart.exit, apart.err.includes('no other tile')]).toEqual([0, true]);
  });

  test('each plane is the mosaic of its own filter; coverage is the largest, alpha the union', async () => {
    for (const kernel of ['bilinear', 'exact']) {
      const colour = await canvas.mosaic([...all(), ...SHO, '--kernel', kernel]);
      const covered = holdsTogether(colour);
      expect(colour[0]).toMatchObject({ width: W, height: H, planes: 3 });
      const coverage = new Float32Array(W * H);
      const alpha = new Float32Array(W * H);
      for (const [plane, names] of [['s1'], ['ha1', 'ha2', 'ha3'], ['o1', 'o2']].entries()) {
        const own = names.map((name) => paths.get(name) ?? '');
        const [mono, weight, opacity] = await canvas.mosaic([...own, '--kernel', kernel]);
        const values = colour[0]?.values.slice(plane * W * H, (plane + 1) * W * H);
        expect([...(values ?? [])]).toEqual([...(mono?.values ?? [])]);
        for (let i = 0; i < W * H; i += 1) {
          coverage[i] = Math.max(coverage[i] ?? 0, weight?.values[i] ?? 0);
          alpha[i] = Math.max(alpha[i] ?? 0, opacity?.values[i] ?? 0);
        }
      }
      expect(colour[1]?.values).toEqual(coverage);
      expect(colour[2]?.values).toEqual(alpha);
      expect(covered).toBeGreaterThan(60 * 50 * 3);
    }
  });

  test('names, filters and tiles are reported; dead pixels of one channel are counted', async () => {
    const out = join(dir, 'told.fits');
    const fixed = ['--like', canvas.like, '-o', out, '--json', '--match-background', 'none'];
    const ran = await zemosaic(['mosaic', ...all(), ...SHO, ...fixed]);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'tile.skipped')).toMatchObject([{ path: paths.get('lum'), code: 'other_filter' }]);
    expect(named(ran, 'run.done')[0]).toMatchObject({ tiles_used: 6, tiles_skipped: 1 });
    const codes = named(ran, 'warning').map((event) => event.code);
    expect(codes).not.toContain('mixed_filter');
    expect(codes).toContain('mixed_exptime');
    const done = named(ran, 'channel.done');
    expect(done.map((event) => [event.channel, event.of])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    const [mosaic] = await canvas.mosaic([...all(), ...SHO]);
    expect(mosaic?.cards).toMatchObject({
      ...{ CHANNEL1: 'R', CHANNEL2: 'G', CHANNEL3: 'B', NCOMBINE: 6 },
      ...{ FILTER1: 'SII', FILTER2: 'ha', FILTER3: 'OIII' },
    });
    expect(mosaic?.cards.FILTER).toBeUndefined();
    let [dead, covered] = [0, 0];
    for (let i = 0; i < W * H; i += 1) {
      const empty = [0, 1, 2].filter((p) => Number.isNaN(mosaic?.values[p * W * H + i])).length;
      if (empty < 3) covered += 1;
      if (empty > 0 && empty < 3) dead += 1;
    }
    expect(done.reduce((sum, event) => sum + Number(event.dead_in_one_channel), 0)).toBe(dead);
    expect(done.at(-1)?.covered).toBe(covered);
  });

  test('one filter for two channels', async () => {
    const [mosaic] = await canvas.mosaic([...all(), '--channels', 'R=Ha,G=OIII,B=OIII']);
    const plane = (p: number) => [...(mosaic?.values.slice(p * W * H, (p + 1) * W * H) ?? [])];
    expect(plane(2)).toEqual(plane(1));
    expect(plane(0)).not.toEqual(plane(1));
    expect(mosaic?.cards.NCOMBINE).toBe(5);
  });

  test('levels are matched within each channel, never across', async () => {
    const out = join(dir, 'matched.fits');
    const argv = ['mosaic', ...all(), ...SHO, '--like', canvas.like, '-o', out, '--json', '--force'];
    const ran = await zemosaic([...argv, '--match-background', 'offset']);
    expect(ran.exit).toBe(0);
    const report = named(ran, 'background.done')[0] as unknown as {
      channels: { pairs: number; tiles: { path: string; offset: number }[] }[];
    };
    const offset = new Map(report.channels[0]?.tiles.map((tile) => [tile.path, tile.offset]));
    const of = (name: string) => offset.get(paths.get(name) ?? '') ?? Number.NaN;
    expect(of('s1')).toBe(0);
    expect(Math.abs(of('o1') - of('o2') - 60)).toBeLessThan(2);
    expect(of('o1') + of('o2')).toBeCloseTo(0, 3);
    expect(named(ran, 'warning').filter((event) => String(event.message).includes('groups of tiles'))).toEqual([]);
  });

  test('the same bytes, however the work is cut', async () => {
    const words = [...all(), ...SHO];
    const expected = await sha256(await canvas.file('whole.fits', words));
    for (const cut of [
      ['--chunk-rows', '1'],
      ['--chunk-rows', '7', '--threads', '3'],
      ['--chunk-rows', '64'],
    ]) {
      expect(await sha256(await canvas.file('cut.fits', [...words, ...cut]))).toBe(expected);
    }
  });

  test.each(gpus)('the bytes of the CPU on $name, also after a memory shortage', async ({ name, environment }) => {
    const words = [...all(), ...SHO, '--feather', '5', '--no-cpu-fallback'];
    const expected = await sha256(await canvas.file('cpu.fits', [...words, '--backend', 'cpu']));
    for (const more of [{}, { ZEMOSAIC_INJECT_OOM: '2:1:2' }] as Record<string, string>[]) {
      for (const rows of [[], ['--chunk-rows', '32']]) {
        const argv = [...words, ...rows, '--backend', name];
        const device = await canvas.file('device.fits', argv, { ...environment, ...more });
        expect(await sha256(device)).toBe(expected);
      }
    }
  });

  test('killed three times, it gives the bytes of an uninterrupted run', async () => {
    const words = [...all(), ...SHO, '--like', canvas.like, '--feather', '5', '--match-background', 'none'];
    const victim = { dir, name: 'killed', argv: [...words, '--chunk-rows', '8', '--backend', 'cpu'], environment: {} };
    const whole = await unbroken({ ...victim, argv: words });
    const survived = await killed(victim, [5, 22, 12]);
    expect(survived.cut).toEqual([true, true, true]);
    expect(survived.sha256).toBe(whole);
  });

  test.each(gpus)('what a channel takes on $name is within its estimate', async ({ name, environment }) => {
    const out = join(dir, 'peak.fits');
    const argv = ['mosaic', ...all(), ...SHO, '--like', canvas.like, '-o', out, '--force', '--json'];
    const ran = await zemosaic([...argv, '--feather', '5', '--backend', name, '--no-cpu-fallback'], environment);
    expect(ran.exit).toBe(0);
    const done = named(ran, 'channel.done').map((one) => [
      one.backend,
      Number(one.peak_bytes),
      Number(one.estimated_bytes),
    ]);
    expect(done.map(([backend]) => backend)).toEqual([name, name, name]);
    for (const [, peak, estimate] of done) {
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThanOrEqual(Number(estimate));
    }
    // SII has one tile, Ha three.
    expect(Number(done[0]?.[1])).toBeLessThan(Number(done[1]?.[1]));
  });

  test('a filter that no tile has: exit 2 that names those found, before any output', async () => {
    const out = join(dir, 'none.fits');
    const ran = await zemosaic(['mosaic', ...all(), '--channels', 'R=Ha,G=OIII,B=Hb', '-o', out]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain('--channels B=Hb: no mono tile has that FILTER; found: Ha (3), OIII (2), SII (1), L (1)');
    expect(existsSync(out)).toBe(false);
  });
});
