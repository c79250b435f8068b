import { beforeAll, describe, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sky, writeFits } from '../fits.ts';
import { named, sha256, zemosaic } from '../program.ts';
import { figure, gpus, lines, onCpu, onGpu, REFRESH, RETRY, ready, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.each(gpus)('4. downscale on $name', (gpu) => {
  test.each([
    ['6000:20', [] as string[]],
    ['24000:20', ['--chunk-mb', '16384']],
  ])(
    'a grant smaller than the need (%s): smaller chunks, finished on the GPU, the same bytes',
    async (vram, options) => {
      const ran = await onGpu(gpu, dir, 'down.fits', { ZEMOSAIC_PRETEND_VRAM_MB: vram }, options);
      expect(ran.exit).toBe(0);
      const retries = lines(ran, RETRY);
      expect(retries.length).toBeGreaterThanOrEqual(3);
      expect(retries[0]).toContain('OOM retry 1/3');
      expect(ran.err).not.toContain('fallback CPU');
      for (const one of named(ran, 'channel.done')) expect(one).toMatchObject({ backend: gpu.name, cpu_chunks: 0 });
      expect(await sha256(join(dir, 'down.fits'))).toBe(await sha256(await onCpu(dir)));
    },
  );

  test('6000 free and 60 granted, on 2700 x 2700: shrinks and finishes on the GPU', async () => {
    const large = [0, 1].map((at) =>
      writeFits(join(dir, `large${at}.fits`), {
        width: 2700,
        height: 2700,
        planes: 3,
        cards: sky(2700, 2700, [200, 40 + 0.01 * at]),
        value: (x, y, plane) => x + y + plane + at,
      }),
    );
    const argv = ['mosaic', ...large, '--size', '2700,2700', '--force', '--reproducible', '--no-sync', '--json'];
    const cpu = await zemosaic([...argv, '-o', join(dir, 'large-cpu.fits'), '--backend', 'cpu']);
    expect(cpu.exit).toBe(0);
    const ran = await zemosaic([...argv, '-o', join(dir, 'large-gpu.fits'), '--backend', gpu.name], {
      ...gpu.environment,
      ZEMOSAIC_PRETEND_VRAM_MB: '6000:60',
    });
    expect(ran.exit).toBe(0);
    expect(lines(ran, REFRESH).map((line) => figure(line, 'budget_mb'))).toEqual([2700, 2700, 2700]);
    expect(lines(ran, 'OOM retry 1/3').length).toBeGreaterThanOrEqual(3);
    expect(ran.err).not.toContain('fallback CPU');
    for (const one of named(ran, 'channel.done')) {
      expect(one).toMatchObject({ cpu_chunks: 0, rows_done: 2700 });
      expect(one.peak_bytes).toBeLessThanOrEqual(60 * 1_048_576);
    }
    expect(await sha256(join(dir, 'large-gpu.fits'))).toBe(await sha256(join(dir, 'large-cpu.fits')));
    for (const path of [...large, join(dir, 'large-gpu.fits'), join(dir, 'large-cpu.fits')]) rmSync(path);
  });

  test('each retry of a chunk is at most 0.7 of the failed size, down to the minimum', async () => {
    const ran = await onGpu(gpu, dir, 'down.fits', { ZEMOSAIC_INJECT_OOM: '1:1:3', ZEMOSAIC_PRETEND_VRAM_MB: '6000' });
    const retries = lines(ran, RETRY);
    expect(retries.map((line) => /retry (\d)/.exec(line)?.[1])).toEqual(['1', '2', '3']);
    const sizes = retries.map((line) => figure(line, 'max_chunk_mb'));
    const rows = [1402, ...retries.map((line) => figure(line, 'rows'))];
    for (let at = 1; at < rows.length; at += 1) expect(rows[at]).toBeLessThanOrEqual(0.7 * (rows[at - 1] ?? 0));
    for (let at = 1; at < sizes.length; at += 1) expect(sizes[at]).toBeLessThanOrEqual(sizes[at - 1] ?? 0);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(16);
  });

  test('chunks finished before an out-of-memory are not computed again; four clean ones let the size double', async () => {
    const levers = { ZEMOSAIC_INJECT_OOM: '1:3:1', ZEMOSAIC_PRETEND_VRAM_MB: '15' };
    const ran = await onGpu(gpu, dir, 'middle.fits', levers);
    expect(ran.exit).toBe(0);
    const rows = named(ran, 'chunk.done').flatMap((one) => (one.channel === 1 ? [Number(one.rows)] : []));
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(1402);
    const report = named(ran, 'channel.done')[0];
    expect(report).toMatchObject({ chunks: rows.length, attempts: rows.length + 1, retries: 1, rows_done: 1402 });
    const [first = 0, , third = 0] = rows;
    expect(third).toBeLessThanOrEqual(0.7 * first);
    expect(lines(ran, 'chunk grows').length).toBeGreaterThanOrEqual(1);
    expect(Math.max(...rows.slice(6))).toBeGreaterThan(third);
    expect(await sha256(join(dir, 'middle.fits'))).toBe(await sha256(await onCpu(dir)));
  });
});
