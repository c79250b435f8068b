import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { named, sha256 } from '../program.ts';
import { gpus, onCpu, onGpu, ready, workplace } from './protocol.ts';

const MB = 1_048_576;
let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.each(gpus)('3. upscale on $name', (gpu) => {
  test.each([
    ['60,600,600', 27],
    ['30,600,600', 13.5],
  ])('memory freed after channel 1 (%s) makes fewer, larger chunks in channels 2 and 3', async (vram, budget) => {
    const ran = await onGpu(gpu, dir, 'up.fits', { ZEMOSAIC_PRETEND_VRAM_MB: vram });
    expect(ran.exit).toBe(0);
    const channels = named(ran, 'channel.done') as unknown as {
      budget_mb: number;
      chunks: number;
      peak_bytes: number;
      estimated_bytes: number;
      cap_mb: number;
      rows_done: number;
    }[];
    expect(channels.map((one) => one.budget_mb)).toEqual([budget, 270, 270]);
    const [first, second, third] = channels.map((one) => one.chunks);
    expect(second).toBeLessThan(first ?? 0);
    expect(third).toBe(second ?? 0);
    for (const one of channels) {
      expect(one.peak_bytes).toBeGreaterThan(0);
      expect(one.peak_bytes).toBeLessThanOrEqual(one.estimated_bytes);
      expect(one.estimated_bytes).toBeLessThanOrEqual(one.budget_mb * MB);
      expect(one.budget_mb).toBeLessThanOrEqual(one.cap_mb);
      expect(one.rows_done).toBe(1402);
    }
    expect(await sha256(join(dir, 'up.fits'))).toBe(await sha256(await onCpu(dir)));
  });
});
