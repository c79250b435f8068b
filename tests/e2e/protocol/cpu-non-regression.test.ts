import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { sha256, zemosaic } from '../program.ts';
import { fakeCuda, lines, onCpu, REFRESH, RETRY, ready, tilesOf, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.skipIf(!ready)('5. CPU runs', () => {
  test('no lever and no GPU option reaches the CPU', async () => {
    const out = join(dir, 'levers.fits');
    const options = ['--chunk-mb', '64', '--vram-fraction', '0.1', '--vram-hard-cap-mb', '8', '--safe-mode', 'on'];
    const ran = await zemosaic(
      ['mosaic', ...tilesOf(dir), '-o', out, '--force', '--reproducible', '--backend', 'cpu', ...options],
      { LD_LIBRARY_PATH: fakeCuda ?? '', ZEMOSAIC_PRETEND_VRAM_MB: '1', ZEMOSAIC_INJECT_OOM: '*:*:99' },
    );
    expect(ran.exit).toBe(0);
    for (const text of [REFRESH, RETRY, 'VRAM', 'fallback']) expect(lines(ran, text)).toEqual([]);
    expect(await sha256(out)).toBe(await sha256(await onCpu(dir)));
  });
});
