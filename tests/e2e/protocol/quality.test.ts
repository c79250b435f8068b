import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { readFits, sky, writeFits } from '../fits.ts';
import { filesIn, realData, sha256, zemosaic } from '../program.ts';
import { type Gpu, gpus, onCpu, onGpu, ready, workplace } from './protocol.ts';

let dir = '';
beforeAll(async () => {
  if (ready) dir = await workplace();
});

/** The same command on the CPU and on the GPU backend. */
async function both(gpu: Gpu, name: string, words: string[]): Promise<[string, string]> {
  const paths: [string, string] = [join(dir, `${name}-cpu.fits`), join(dir, `${name}-gpu.fits`)];
  for (const [at, backend] of ['cpu', gpu.name].entries()) {
    const argv = ['mosaic', ...words, '-o', paths[at] ?? '', '--force', '--reproducible', '--backend', backend];
    // Otherwise the CPU would be compared with itself if the GPU gave up.
    argv.push('--no-cpu-fallback');
    const ran = await zemosaic(argv, gpu.environment);
    if (ran.exit !== 0) throw new Error(ran.err);
  }
  return paths;
}

describe.each(gpus)('6. quality on $name', (gpu) => {
  test('dead pixels, holes and pixels dead in one channel: no new black area, coverage and alpha are right', async () => {
    const dead = (x: number, y: number, plane: number) =>
      (x - 40) ** 2 + (y - 30) ** 2 < 60 || (plane === 1 && x === 90);
    const tile = (name: string, ra: number, rotation: number) =>
      writeFits(join(dir, name), {
        width: 120,
        height: 90,
        planes: 3,
        cards: sky(120, 90, [ra, 10], 1, rotation),
        value: (x, y, plane) => (dead(x, y, plane) ? Number.NaN : 100 * (plane + 1) + x + 0.5 * y),
      });
    const tiles = [tile('q1.fits', 50, 3), tile('q2.fits', 50.01, 20), tile('q3.fits', 50.02, -40)];
    const [cpu, device] = await both(gpu, 'quality', tiles);
    expect(await sha256(device)).toBe(await sha256(cpu));
    const [mosaic, coverage, alpha] = readFits(device);
    if (mosaic === undefined || coverage === undefined || alpha === undefined) throw new Error('three HDUs wanted');
    const plane = mosaic.width * mosaic.height;
    let covered = 0;
    for (let i = 0; i < plane; i += 1) {
      const empty = [0, 1, 2].every((p) => Number.isNaN(mosaic.values[p * plane + i]));
      const weight = coverage.values[i] ?? Number.NaN;
      if ((weight === 0) !== empty || ((alpha.values[i] ?? 0) === 0) !== empty) throw new Error(`pixel ${i}`);
      covered += empty ? 0 : 1;
      for (let p = 0; p < 3; p += 1) if (mosaic.values[p * plane + i] === 0) throw new Error(`black at ${i}`);
    }
    expect(covered).toBeGreaterThan(10_000);
  });

  test.each(['bilinear', 'nearest'])('distorted tiles (SIP) with %s: the CPU’s bytes', async (kernel) => {
    const tiles = [0, 1, 2].map((at) => {
      const cards = sky(300, 260, [120 + 0.03 * at, -35 + 0.02 * at], 2, 25 * at);
      const sip = { A_ORDER: 2, A_2_0: 2e-5, A_1_1: -3e-5, B_ORDER: 2, B_0_2: 1.5e-5, B_2_0: -2e-5 };
      return writeFits(join(dir, `sip${at}.fits`), {
        width: 300,
        height: 260,
        planes: 3,
        cards: { ...cards, CTYPE1: 'RA---TAN-SIP', CTYPE2: 'DEC--TAN-SIP', ...sip },
        value: (x, y, plane) => (plane + 1) * (50 + Math.sin(x / 3) * Math.cos(y / 4)),
      });
    });
    const [cpu, device] = await both(gpu, `sip-${kernel}`, [...tiles, '--kernel', kernel]);
    expect(await sha256(device)).toBe(await sha256(cpu));
  });

  test('chunks of 1, 7, 64 and all rows give the same bytes', async () => {
    const expected = await sha256(await onCpu(dir));
    for (const rows of ['7', '64', '5000']) {
      const ran = await onGpu(gpu, dir, 'rows.fits', {}, ['--chunk-rows', rows, '--no-cpu-fallback']);
      expect(ran.exit).toBe(0);
      expect(await sha256(join(dir, 'rows.fits'))).toBe(expected);
    }
    const strip = ['--size', '400,60', '--center', '84,21', '--no-cpu-fallback'];
    const hashes: string[] = [];
    for (const rows of ['1', '60']) {
      expect((await onGpu(gpu, dir, `strip${rows}.fits`, {}, ['--chunk-rows', rows, ...strip])).exit).toBe(0);
      hashes.push(await sha256(join(dir, `strip${rows}.fits`)));
    }
    expect(hashes[0]).toBe(hashes[1] ?? '');
  });
});

describe.each(realData === null ? [] : gpus)('6. quality, real files on $name', (gpu) => {
  test.each([
    ['decam6', (path: string) => path.includes('_ooi_')],
    ['ninety-prime', (path: string) => !path.includes('.wht.')],
    ['galactic-center', () => true],
  ])('%s: the CPU’s bytes, with weights and without', async (folder, wanted) => {
    const files = filesIn(join(realData ?? '', folder)).filter(wanted);
    for (const weights of ['auto', 'none']) {
      const [cpu, device] = await both(gpu, folder, [...files, '--weights', weights]);
      expect(await sha256(device)).toBe(await sha256(cpu));
    }
  });
});
