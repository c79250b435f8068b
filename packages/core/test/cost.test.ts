import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { CudaDevice, Kernel } from '../src/device.ts';
import type { Card } from '../src/plan/cost/card.ts';
import { cudaCard, wgpuCard } from '../src/plan/cost/card.ts';
import { byDepth, onCpu, onGpu } from '../src/plan/cost/estimate.ts';
import { depthOf, type Job, type JobParts, jobOf } from '../src/plan/cost/job.ts';
import { KERNEL_NS, RULE_NS } from '../src/plan/cost/rates.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { hdu, wcs } from './fake-facts.ts';

const KERNELS = Object.keys(KERNEL_NS) as Kernel[];
const RULES = Object.keys(RULE_NS) as (keyof typeof RULE_NS)[];

interface Measured {
  key: string;
  backend: string;
  coreSeconds: number;
  job: Job;
}

/** Real runs on the machine that rates.ts names, as `bun packages/bench/cost-model.ts --csv` prints them. */
const MEASURED = readMeasured();

function readMeasured(): Measured[] {
  const [head = '', ...lines] = readFileSync(join(import.meta.dir, 'measured-jobs.csv'), 'utf8')
    .trim()
    .split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const words = line.split(',');
    const text = (name: string) => words[names.indexOf(name)] ?? '';
    const [first = '', backend = ''] = words;
    const fields = names
      .slice(3)
      .map((name) => [name, Number.isNaN(Number(text(name))) ? text(name) : Number(text(name))]);
    const job = { ...Object.fromEntries(fields), matched: text('matched') === 'true' } as Job;
    return {
      key: `${first} ${backend} ${job.kernel} ${job.rule}`,
      backend,
      coreSeconds: Number(text('core_seconds')),
      job,
    };
  });
}

/** A card whose work and copies take no time: what is left is the host's. */
const FREE: Card = { start: 0, instructions: Infinity, memoryBytes: Infinity, copyBytes: Infinity };

const CARD: CudaDevice = {
  index: 0,
  name: 'a card',
  compute: '8.6',
  driver: '12.4',
  total: 8 * 2 ** 30,
  usable: true,
  integrated: false,
};

function tile(more: Parameters<typeof hdu>[0] = {}, spec: Partial<Tile['spec']> = {}): Tile {
  const path = `${Math.random()}.fits`;
  return { path, hdu: hdu(more), spec: { path, hdu: 0, weight: 1, fluxScale: 1, ...spec }, weightKeyword: null };
}

/** The border of a tile of 100 x 80 with its first pixel at x, y of the grid. */
const box = (x: number, y: number) => Float64Array.of(x, y, x + 100, y, x + 100, y + 80, Number.NaN, Number.NaN, x, y);

function job(more: Partial<JobParts> = {}): Job {
  const tiles = more.tiles ?? [tile()];
  return jobOf({
    tiles,
    outlines: tiles.map(() => box(0, 0)),
    grid: { width: 200, height: 100, scaleArcsec: 1, rotationDeg: 0, dropped: [] },
    kernel: 'bilinear',
    options: { combine: 'mean', matchBackground: 'offset', matchGain: false },
    threads: 2,
    channels: 1,
    ...more,
  });
}

describe('what there is to do', () => {
  test('pixels and bytes of tiles, and where they fall', () => {
    expect(job()).toMatchObject({
      ...{ tiles: 1, matched: false, bytes: 32_000, packedBytes: 0, values: 8000, places: 8000, samples: 8000 },
      ...{ turned: 0, pixels: 20_000 },
    });
  });

  test('channels share the place of a pixel, each has samples of its own', () => {
    const tiles = [tile({ planes: 3, bitpix: 16, axes: [100, 80, 3] })];
    expect(job({ tiles, channels: 3 })).toMatchObject({ bytes: 48_000, values: 24_000, places: 8000, samples: 24_000 });
  });

  test('a tile of one channel has samples in that channel alone', () => {
    const tiles = [tile({}, { channel: 0 }), tile({}, { channel: 1 })];
    expect(job({ tiles, channels: 2 })).toMatchObject({ places: 16_000, samples: 16_000 });
  });

  test('maps are read too, packed tiles are unpacked', () => {
    const map = { path: 'w.fits', hdu: 0 };
    const tiles = [tile({ kind: 'compressed' }, { weightMap: map, mask: { ...map } })];
    expect(job({ tiles })).toMatchObject({ bytes: 96_000, packedBytes: 96_000 });
  });

  test('only what lies on the grid, as far as the border tells', () => {
    const tiles = [tile(), tile(), tile(), tile()];
    const outlines = [box(150, 0), box(0, -40), box(500, 0), new Float64Array()];
    expect(job({ tiles, outlines })).toMatchObject({ places: 4000 + 4000 + 0 + 8000 });
    const dropped = { width: 200, height: 100, scaleArcsec: 1, rotationDeg: 0, dropped: [3] };
    expect(job({ tiles, outlines, grid: dropped })).toMatchObject({ places: 8000 });
  });

  test('a coarser grid has fewer places, and as many pixels to read', () => {
    const tiles = [tile({ wcs: wcs({ scaleArcsec: 0.5 }) })];
    expect(job({ tiles })).toMatchObject({ values: 8000, places: 2000 });
  });

  test.each([
    [5, 0],
    [30, 8000],
    [90, 8000],
    [176, 0],
    [-90, 8000],
    [181, 0],
  ])('a tile at %d degrees: %d turned samples', (rotationDeg, turned) => {
    expect(job({ tiles: [tile({ wcs: wcs({ rotationDeg }) })] }).turned).toBe(turned);
  });

  test('a depth is at least one', () => {
    expect(depthOf({ places: 10, pixels: 100 })).toBe(1);
    expect(depthOf({ places: 500, pixels: 100 })).toBe(5);
    expect(depthOf({ places: 0, pixels: 0 })).toBe(1);
  });
});

describe('estimates', () => {
  test.each(MEASURED.map((one) => [one.key, one] as const))('within a factor of 2 of a real run: %s', (_, one) => {
    const estimate = one.backend === 'cpu' ? onCpu(one.job) : onGpu(one.job, FREE);
    const ratio = estimate.coreSeconds / one.coreSeconds;
    expect(ratio).toBeGreaterThan(1 / 2);
    expect(ratio).toBeLessThan(2);
  });

  const size = fc.integer({ min: 1, max: 1e9 });
  const any = fc.record({
    kernel: fc.constantFrom(...KERNELS),
    rule: fc.constantFrom(...RULES),
    threads: fc.integer({ min: 1, max: 256 }),
    tiles: fc.integer({ min: 1, max: 10_000 }),
    channels: fc.integer({ min: 1, max: 4 }),
    matched: fc.boolean(),
    ...{ bytes: size, packedBytes: size, values: size, places: size, samples: size, turned: size },
    pixels: size,
  });

  test('property: finite, above 0, and never less for more to do or fewer threads', () => {
    fc.assert(
      fc.property(any, (one) => {
        for (const estimate of [(of: Job) => onCpu(of), (of: Job) => onGpu(of, cudaCard(CARD))]) {
          const { seconds, coreSeconds } = estimate(one);
          expect(Number.isFinite(seconds) && seconds > 0 && coreSeconds > 0).toBe(true);
          const more = { bytes: 2 * one.bytes, values: 2 * one.values, samples: 2 * one.samples };
          expect(estimate({ ...one, ...more }).seconds).toBeGreaterThan(seconds);
          expect(estimate({ ...one, threads: one.threads + 1 }).seconds).toBeLessThan(seconds);
          expect(estimate({ ...one, matched: true }).seconds).toBeGreaterThanOrEqual(seconds);
        }
      }),
    );
  });

  test('a start of the GPU that is never earned back leaves a small job to the CPU, a large one not', () => {
    const large = {
      ...job({ kernel: 'lanczos4', options: { combine: 'winsorized', matchBackground: 'none', matchGain: false } }),
    };
    const many = { ...large, values: 4e9, bytes: 16e9, places: 4e9, samples: 4e9, pixels: 1e8 };
    const card = cudaCard({ ...CARD, multiprocessors: 46, clockMhz: 1700, memoryMhz: 7000, busBits: 256 });
    expect(onCpu(large).seconds).toBeLessThan(onGpu(large, card).seconds);
    expect(onCpu(many).seconds).toBeGreaterThan(onGpu(many, card).seconds);
  });

  test('a bilinear mean does not pay on the largest card, as long as it leaves the host as much to do; lanczos4 and winsorized do', () => {
    const card = cudaCard({
      ...CARD,
      compute: '9.0',
      multiprocessors: 132,
      clockMhz: 1980,
      memoryMhz: 2600,
      busBits: 6144,
    });
    const jobOn = (words: string) => MEASURED.find(({ key }) => key === `host cpu ${words}`)?.job ?? job();
    const [light, heavy] = ['bilinear mean', 'lanczos4 winsorized'].map(jobOn);
    expect(onCpu(light ?? job()).seconds).toBeLessThan(onGpu(light ?? job(), card).seconds);
    expect(onCpu(heavy ?? job()).seconds).toBeGreaterThan(onGpu(heavy ?? job(), card).seconds);
  });

  test('between two depths of a table by the logarithm', () => {
    const table = [
      [1, 10],
      [4, 30],
    ] as const;
    expect([0.5, 1, 2, 4, 100].map((depth) => byDepth(table, depth))).toEqual([10, 10, 20, 30, 30]);
    expect(byDepth([], 3)).toBe(0);
  });
});

describe('cards', () => {
  test('by multiprocessors, lanes and clocks', () => {
    const of = (compute: string) => cudaCard({ ...CARD, compute, multiprocessors: 10, clockMhz: 1000 }).instructions;
    expect(of('8.6') / of('7.5')).toBe(2);
    expect(of('8.0')).toBe(of('7.5'));
    expect(of('12.0')).toBe(of('8.6'));
    expect(cudaCard({ ...CARD, memoryMhz: 7000, busBits: 128 }).memoryBytes).toBeCloseTo(0.2 * 224e9, -6);
  });

  test('one that tells nothing is taken for a small one, and shared memory for slow copies', () => {
    expect(cudaCard(CARD).instructions).toBe(0.2 * 1.3e12);
    expect(cudaCard({ ...CARD, integrated: true }).copyBytes).toBeLessThan(cudaCard(CARD).copyBytes);
    const adapter = { index: 0, name: '', api: 'vulkan', driver: '', software: false, maxBuffer: 1, maxBinding: 1 };
    const [discrete, integrated] = [true, false].map((is) => wgpuCard({ ...adapter, discrete: is }));
    expect(integrated?.instructions).toBeLessThan(discrete?.instructions ?? 0);
  });
});
