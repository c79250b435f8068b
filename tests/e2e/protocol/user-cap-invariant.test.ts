import { beforeAll, describe, expect, test } from 'bun:test';
import { named } from '../program.ts';
import { figure, gpus, lines, onGpu, REFRESH, ready, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.each(gpus)('3bis. the user’s cap on $name', (gpu) => {
  test('128 MB is never exceeded, whatever is free', async () => {
    const ran = await onGpu(gpu, dir, 'cap.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '500,8000,24000' }, [
      '--chunk-mb',
      '128',
    ]);
    expect(ran.exit).toBe(0);
    const refresh = lines(ran, REFRESH);
    expect(refresh).toHaveLength(3);
    for (const line of refresh) {
      expect(figure(line, 'budget_mb')).toBeLessThanOrEqual(128);
      expect(line).toContain('cap_mb=128.0');
    }
    for (const one of named(ran, 'channel.done')) expect(one.peak_bytes).toBeLessThanOrEqual(128 * 1_048_576);
  });

  test('8 MB is raised to the lowest cap, 64 MB', async () => {
    const ran = await onGpu(gpu, dir, 'cap.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '8000' }, ['--chunk-mb', '8']);
    const [line = ''] = lines(ran, REFRESH);
    expect(line).toContain('budget_mb=64.0');
    expect(line).toContain('cap_mb=64.0');
    expect(line).toContain('chunk_mb_clamped');
  });

  test('on battery 512 MB becomes 128 MB, and the reason is given', async () => {
    const levers = { ZEMOSAIC_PRETEND_VRAM_MB: '8000', ZEMOSAIC_PRETEND_POWER: 'battery' };
    const ran = await onGpu(gpu, dir, 'cap.fits', levers, ['--chunk-mb', '512']);
    const [line = ''] = lines(ran, REFRESH);
    expect(line).toContain('cap_mb=128.0');
    expect(line).toMatch(/reasons=\[[^\]]*battery/);
    expect(line).toContain('safe_mode=on');
    expect(line).toContain('rows_hint=256');
  });

  test('a hard cap lowers every other limit', async () => {
    const ran = await onGpu(gpu, dir, 'cap.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '8000' }, ['--vram-hard-cap-mb', '20']);
    for (const line of lines(ran, REFRESH)) expect(line).toContain('budget_mb=20.0');
    for (const one of named(ran, 'channel.done')) expect(one.peak_bytes).toBeLessThanOrEqual(20 * 1_048_576);
  });
});
