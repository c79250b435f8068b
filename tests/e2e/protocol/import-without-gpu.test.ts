import { beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sha256, zemosaic } from '../program.ts';
import { fakeCuda, lines, onCpu, ready, tilesOf, workplace } from './protocol.ts';

// Every run here has its own driver folder, so that a real card does not change what is tested.
const nothing = { LD_LIBRARY_PATH: fakeCuda ?? '', FAKE_CUDA_MODE: 'nodevice' };

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

describe('1. without a GPU nothing breaks', () => {
  test('doctor reports what is there', async () => {
    const ran = await zemosaic(['doctor', '--json'], nothing);
    expect(ran.exit).toBe(0);
    const cuda = (ran.events[0]?.backends as { name: string; usable: boolean; note: string }[] | undefined)?.[1];
    expect(cuda).toMatchObject({ name: 'cuda', usable: false });
    expect(cuda?.note).toContain('no GPU');
  });
});

describe.skipIf(!ready)('1. without a GPU nothing breaks, with one the probe tells', () => {
  test('auto uses the CPU silently', async () => {
    const out = join(dir, 'auto.fits');
    const ran = await zemosaic(['mosaic', ...tilesOf(dir), '-o', out, '--force', '--reproducible'], nothing);
    expect(ran.exit).toBe(0);
    expect(lines(ran, 'WARN')).toEqual([]);
    expect(await sha256(out)).toBe(await sha256(await onCpu(dir)));
  });

  test.each([
    ['nodevice', 'the NVIDIA driver sees no GPU'],
    ['stub', 'no NVIDIA driver'],
    ['oldptx', 'is too old'],
    ['nojit', 'cannot compile the kernels'],
  ])('a requested backend with a %s driver: one warning, then the CPU', async (mode, says) => {
    const out = join(dir, 'asked.fits');
    const argv = ['mosaic', ...tilesOf(dir), '-o', out, '--force', '--reproducible', '--backend', 'cuda'];
    const ran = await zemosaic(argv, { ...nothing, FAKE_CUDA_MODE: mode });
    expect(ran.exit).toBe(0);
    expect(lines(ran, 'WARN')).toHaveLength(1);
    expect(ran.err).toContain(says);
    expect(await sha256(out)).toBe(await sha256(await onCpu(dir)));
  });

  test('with --no-cpu-fallback: exit 6 and no output', async () => {
    const out = join(dir, 'never.fits');
    const argv = ['mosaic', ...tilesOf(dir), '-o', out, '--backend', 'cuda', '--no-cpu-fallback'];
    const ran = await zemosaic(argv, nothing);
    expect(ran.exit).toBe(6);
    expect(existsSync(out)).toBe(false);
  });

  test('a card too old for the kernels is not usable, and auto warns once', async () => {
    const old = { LD_LIBRARY_PATH: fakeCuda ?? '', FAKE_CUDA_COMPUTE: '61' };
    const told = await zemosaic(['doctor', '--json'], old);
    const backends = (told.events[0]?.backends ?? []) as { name: string; usable: boolean }[];
    expect(backends.find(({ name }) => name === 'cuda')?.usable).toBe(false);
    const out = join(dir, 'old.fits');
    const ran = await zemosaic(['mosaic', ...tilesOf(dir), '-o', out, '--force', '--reproducible'], old);
    expect(ran.exit).toBe(0);
    expect(lines(ran, 'WARN')).toHaveLength(1);
    expect(ran.err).toContain('has compute capability 6.1');
  });

  test('with a device, the probe returns free and total memory', async () => {
    const ran = await zemosaic(['doctor', '--json'], { LD_LIBRARY_PATH: fakeCuda ?? '', FAKE_CUDA_TOTAL_MB: '4096' });
    const devices = (ran.events[0]?.cuda_devices ?? []) as { free: number; total: number }[];
    expect(devices[0]?.total).toBe(4096 * 1_048_576);
    expect(devices[0]?.free).toBeGreaterThan(0);
  });
});
