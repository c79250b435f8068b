import { beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { named, sha256 } from '../program.ts';
import { fakeCuda, gpus, lines, onCpu, onGpu, REFRESH, RETRY, ready, workplace } from './protocol.ts';

const lasting = { ZEMOSAIC_INJECT_OOM: '1:*:99', ZEMOSAIC_PRETEND_VRAM_MB: '6000' };
let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.each(gpus)('a lasting shortage on $name', (gpu) => {
  test('1/3, 2/3, 3/3, fallback CPU; the next channel tries the GPU again', async () => {
    const ran = await onGpu(gpu, dir, 'lasting.fits', lasting);
    expect(ran.exit).toBe(0);
    expect(lines(ran, RETRY).map((line) => /retry (\d\/\d)/.exec(line)?.[1])).toEqual(['1/3', '2/3', '3/3']);
    expect(lines(ran, 'fallback CPU')).toHaveLength(1);
    const [first, second] = named(ran, 'channel.done');
    expect(first).toMatchObject({ retries: 3, fallback: { reason: 'oom', row0: 0 } });
    expect(Number(first?.cpu_chunks)).toBeGreaterThan(0);
    expect(lines(ran, 'retries=3 budget_mb=2700.0 cpu_chunks=3 fallback=oom')).toHaveLength(1);
    expect(second).toMatchObject({ cpu_chunks: 0, fallback: null });
    expect(lines(ran, REFRESH)).toHaveLength(3);
    expect(await sha256(join(dir, 'lasting.fits'))).toBe(await sha256(await onCpu(dir)));
  });

  test('with --no-cpu-fallback: exit 6, one clear line, no output', async () => {
    const ran = await onGpu(gpu, dir, 'refused.fits', lasting, ['--no-cpu-fallback']);
    expect(ran.exit).toBe(6);
    expect(lines(ran, 'error')).toHaveLength(1);
    expect(ran.err).not.toContain('fallback CPU');
    expect(existsSync(join(dir, 'refused.fits'))).toBe(false);
    expect(named(ran, 'run.failed')).toHaveLength(1);
  });

  test.each(['100', '5', '0'])('%s MB free: no request exceeds what is usable', async (free) => {
    const ran = await onGpu(gpu, dir, 'tight.fits', { ZEMOSAIC_PRETEND_VRAM_MB: free });
    expect(ran.exit).toBe(0);
    const usable = Number(free) * 0.45 * 1_048_576;
    for (const one of named(ran, 'channel.done') as unknown as { cpu_chunks: number; estimated_bytes: number }[]) {
      expect(one.estimated_bytes).toBeLessThanOrEqual(usable);
      if (free === '0') expect(one).toMatchObject({ fallback: { reason: 'budget_below_one_row' }, attempts: 0 });
    }
    if (free === '0') expect(lines(ran, 'budget_below_one_row]')).toHaveLength(3);
    expect(ran.err).not.toContain('normalized');
    expect(await sha256(join(dir, 'tight.fits'))).toBe(await sha256(await onCpu(dir)));
  });
});

describe.skipIf(!ready)('a lost device', () => {
  const cuda = { name: 'cuda' as const, environment: { LD_LIBRARY_PATH: fakeCuda ?? '' } };

  // The chunk of channel 1 takes three launches: if lost at the third, its first rows are already written.
  test.each([
    [1, ['cuda', 'cpu', 'cpu']],
    [3, ['cuda', 'cpu', 'cpu']],
    [5, ['cuda', 'cuda', 'cpu']],
  ])('at launch %d: the CPU makes the rest of the run', async (launch, backends) => {
    const ran = await onGpu(cuda, dir, 'lost.fits', { FAKE_CUDA_LOSE_AT: `${launch}` });
    expect(ran.exit).toBe(0);
    expect(lines(ran, 'fallback CPU for the rest of the run')).toHaveLength(1);
    expect(named(ran, 'channel.done').map((one) => one.backend)).toEqual(backends);
    expect(await sha256(join(dir, 'lost.fits'))).toBe(await sha256(await onCpu(dir)));
  });
});
