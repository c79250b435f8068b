import { beforeAll, describe, expect, test } from 'bun:test';
import { named } from '../program.ts';
import { figure, gpus, lines, onGpu, REFRESH, RETRY, ready, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.each(gpus)('2. log lines on $name', (gpu) => {
  test('before every channel there is one refresh line, with its fields in order', async () => {
    const ran = await onGpu(gpu, dir, 'lines.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '1000,6000,6000' });
    expect(ran.exit).toBe(0);
    const refresh = lines(ran, REFRESH);
    const common = 'frac=0.45 reserve_mb=0.0 rows_hint=1402 cap_mb=4320.0 safe_mode=off reasons=[]';
    expect(refresh.map((line) => line.slice(line.indexOf(REFRESH)))).toEqual([
      `${REFRESH} channel=1/3 free_vram_mb=1000.0 budget_mb=450.0 ${common}`,
      `${REFRESH} channel=2/3 free_vram_mb=6000.0 budget_mb=2700.0 ${common}`,
      `${REFRESH} channel=3/3 free_vram_mb=6000.0 budget_mb=2700.0 ${common}`,
    ]);
    const events = named(ran, 'channel.refresh');
    expect(events.map((one) => one.budget_mb)).toEqual([450, 2700, 2700]);
  });

  test('after every channel there is one line with its time, chunks, rows, retries and budget', async () => {
    const ran = await onGpu(gpu, dir, 'ends.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '1000' });
    const ends = lines(ran, `backend=${gpu.name} ms=`);
    expect(ends).toHaveLength(3);
    for (const line of ends) {
      expect(line).toMatch(
        /channel=\d\/3 backend=(?:cuda|wgpu) ms=\d+ chunks=\d+ rows_per_chunk=\d+ retries=0 budget_mb=450\.0$/,
      );
    }
  });

  test('an out-of-memory is reported with the sizes of the next attempt', async () => {
    const ran = await onGpu(gpu, dir, 'told.fits', { ZEMOSAIC_INJECT_OOM: '2:1:1', ZEMOSAIC_PRETEND_VRAM_MB: '6000' });
    expect(ran.exit).toBe(0);
    const [retry = ''] = lines(ran, RETRY);
    expect(retry).toMatch(/OOM retry 1\/3: max_chunk_mb=\d+\.\d rows=\d+ free_vram_mb=6000\.0$/);
    const next = named(ran, 'oom.retry')[0];
    expect(next).toMatchObject({ channel: 2, retry: 1, limit: 3, rows: figure(retry, 'rows') });
    const chunk = named(ran, 'chunk.done').find((one) => one.channel === 2);
    expect(chunk?.rows).toBe(figure(retry, 'rows'));
  });

  test('after a failed probe there is one line instead of the refresh, and the plan holds', async () => {
    const ran = await onGpu(gpu, dir, 'none.fits', { ZEMOSAIC_PRETEND_VRAM_MB: '6000,none,6000' });
    expect(ran.exit).toBe(0);
    expect(lines(ran, REFRESH).map((line) => figure(line, 'channel'))).toEqual([1, 3]);
    expect(lines(ran, 'VRAM probe unavailable, keeping plan hints')).toHaveLength(1);
    const [first, second, third] = named(ran, 'channel.done');
    expect(second).toMatchObject({ budget_mb: 2700, chunks: first?.chunks, free_vram_mb: null, retries: 0 });
    expect(third).toMatchObject({ budget_mb: 2700, free_vram_mb: 6000 });
  });
});
