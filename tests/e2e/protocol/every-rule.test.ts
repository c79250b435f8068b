import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { filesIn, named, realData, sha256, zemosaic } from '../program.ts';
import { gpus, onGpu, ready, tilesOf, workplace } from './protocol.ts';

const MB = 1_048_576;
/** Every kernel and every rule at least once; the costly ones are combined. */
const PAIRS = [
  ['lanczos3', 'kappa-sigma'],
  ['lanczos4', 'winsorized'],
  ['bicubic', 'median'],
  ['lanczos3', 'sum'],
  ['bicubic', 'min'],
  ['bilinear', 'max'],
  ['nearest', 'first'],
  ['bilinear', 'last'],
] as const;

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

/** The mosaic on the CPU, with these options. */
async function reference(tiles: string[], name: string, options: readonly string[]): Promise<string> {
  const path = join(dir, `${name}.fits`);
  const argv = ['mosaic', ...tiles, '-o', path, '--force', '--reproducible', '--backend', 'cpu', ...options];
  const ran = await zemosaic(argv);
  if (ran.exit !== 0) throw new Error(ran.err);
  return sha256(path);
}

describe.each(gpus)('every kernel and rule on $name', (gpu) => {
  test('kappa-sigma of lanczos3 in chunks of few, 64 and as many rows as fit: the CPU’s bytes, within the budget', async () => {
    const options = ['--kernel', 'lanczos3', '--combine', 'kappa-sigma'];
    const expected = await reference(tilesOf(dir), 'rules-cpu', options);
    // A software adapter of wgpu is slow for every chunk.
    const few = gpu.name === 'cuda' ? '7' : '200';
    for (const [vram, rows] of [
      ['60,600,600', []],
      ['600', ['--chunk-rows', '64']],
      ['600', ['--chunk-rows', few]],
    ] as const) {
      const levers = { ZEMOSAIC_PRETEND_VRAM_MB: vram };
      const ran = await onGpu(gpu, dir, 'rules.fits', levers, [...options, ...rows, '--no-cpu-fallback']);
      expect(ran.exit).toBe(0);
      expect(await sha256(join(dir, 'rules.fits'))).toBe(expected);
      const channels = named(ran, 'channel.done') as unknown as {
        budget_mb: number;
        peak_bytes: number;
        estimated_bytes: number;
        rows_done: number;
      }[];
      for (const one of channels) {
        expect(one.peak_bytes).toBeGreaterThan(0);
        expect(one.peak_bytes).toBeLessThanOrEqual(one.estimated_bytes);
        expect(one.estimated_bytes).toBeLessThanOrEqual(one.budget_mb * MB);
        expect(one.rows_done).toBe(1402);
      }
    }
  });

  test('a budget below a full stack makes chunks smaller, not impossible', async () => {
    const options = ['--kernel', 'bilinear', '--combine', 'winsorized'];
    const argv = [...options, '--no-cpu-fallback'];
    const ran = await onGpu(gpu, dir, 'narrow.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '40' }, argv);
    expect(ran.exit).toBe(0);
    for (const one of named(ran, 'channel.done') as unknown as { budget_mb: number; chunks: number }[]) {
      expect(one.budget_mb).toBe(18);
      expect(one.chunks).toBeGreaterThan(1);
    }
    const expected = await reference(tilesOf(dir), 'narrow-cpu', options);
    expect(await sha256(join(dir, 'narrow.fits'))).toBe(expected);
  });
});

describe.each(realData === null ? [] : gpus)('every kernel and rule, real files on $name', (gpu) => {
  test.each(PAIRS)('%s and %s: the CPU’s bytes', async (kernel, combine) => {
    for (const [folder, wanted] of [
      ['decam6', (path: string) => path.includes('_ooi_')],
      ['galactic-center', () => true],
    ] as const) {
      const tiles = filesIn(join(realData ?? '', folder)).filter(wanted);
      const options = ['--kernel', kernel, '--combine', combine];
      const expected = await reference(tiles, 'real-cpu', options);
      const path = join(dir, 'real.fits');
      const argv = ['mosaic', ...tiles, '-o', path, '--force', '--reproducible', '--backend', gpu.name, ...options];
      const ran = await zemosaic([...argv, '--no-cpu-fallback'], gpu.environment);
      expect(ran.exit).toBe(0);
      expect(await sha256(path)).toBe(expected);
    }
  });
});
