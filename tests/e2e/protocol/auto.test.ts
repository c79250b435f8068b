import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { named, sha256, zemosaic } from '../program.ts';
import { fakeCuda, figure, lines, onCpu, REFRESH, ready, tilesOf, workplace } from './protocol.ts';

const card = { LD_LIBRARY_PATH: fakeCuda ?? '', FAKE_CUDA_TOTAL_MB: '4096', FAKE_CUDA_FREE_MB: '3000' };
/** So fine a grid and so dear a rule that the CPU would take minutes; only planned here. */
const HEAVY = ['--scale', '0.1', '--kernel', 'lanczos4', '--combine', 'winsorized', '--threads', '1'];

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe.skipIf(!ready)('auto, where there is CUDA', () => {
  test('leaves the demo to the CPU: one line with both estimates and the free memory that was probed', async () => {
    const out = join(dir, 'auto-cpu.fits');
    const argv = ['mosaic', ...tilesOf(dir), '-o', out, '--force', '--reproducible', '--json'];
    const ran = await zemosaic(argv, card);
    expect(ran.exit).toBe(0);
    const [line = '', ...others] = lines(ran, 'backend=cpu: about');
    expect(others).toEqual([]);
    expect(line).toMatch(/backend=cpu: about [\d.]+ s; cuda about [\d.]+ s; free_vram_mb=3000\.0$/);
    expect(lines(ran, REFRESH)).toEqual([]);
    const [plan] = named(ran, 'plan') as unknown as { backend: string; expected_s: { cpu: number; cuda: number } }[];
    expect(plan).toMatchObject({ backend: 'cpu', free_vram_mb: 3000 });
    expect(plan?.expected_s.cpu).toBeLessThan(plan?.expected_s.cuda ?? 0);
    expect(await sha256(out)).toBe(await sha256(await onCpu(dir)));
  });

  test('a pretended memory is what the line tells', async () => {
    const ran = await zemosaic(['plan', ...tilesOf(dir)], { ...card, ZEMOSAIC_PRETEND_VRAM_MB: '1234.5,100' });
    expect(figure(lines(ran, 'backend=cpu')[0] ?? '', 'free_vram_mb')).toBe(1234.5);
  });

  test('takes the GPU for what is worth its start, and plan shows why', async () => {
    const ran = await zemosaic(['plan', ...tilesOf(dir), ...HEAVY], card);
    expect(ran.exit).toBe(0);
    expect(lines(ran, 'backend=cuda: about')[0]).toMatch(/backend=cuda: about \d+ s; cpu about \d+ s$/);
    expect(ran.out).toMatch(/^backend +cuda, 1 thread \(cuda about \d+ s, cpu about \d+ s\)$/m);
  });

  test('a GPU that is asked for is used without a model, however small the mosaic', async () => {
    for (const backend of ['cuda', 'gpu']) {
      const ran = await zemosaic(['plan', ...tilesOf(dir), '--backend', backend, '--json'], card);
      expect(named(ran, 'plan')).toMatchObject([{ backend: 'cuda', expected_s: null, free_vram_mb: null }]);
      expect(lines(ran, 'about')).toEqual([]);
    }
  });
});
