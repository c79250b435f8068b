import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ChunkShape, TileBytes } from '../src/budget/chunk-bytes.ts';
import { planChunks } from '../src/budget/chunk-plan.ts';
import { cudaEstimate } from '../src/budget/device-bytes.ts';
import { type DevicePlanner, planDevice, planRows } from '../src/budget/device-plan.ts';
import { MB } from '../src/budget/host-budget.ts';
import { Needs } from '../src/budget/needs.ts';
import { wgpuEstimate } from '../src/budget/wgpu-bytes.ts';
import { plainCuts, plainDeviceRows, plainNeed } from './plain-plan.ts';

/** A tile as it may lie: what its blocks need differs from one to the next, and some need nothing. */
const arbitraryTile = (width: number): fc.Arbitrary<TileBytes> =>
  fc
    .record({
      firstBlock: fc.nat(60),
      maps: fc.nat(2),
      columns: fc.integer({ min: 1, max: 4000 }),
      blocks: fc.array(
        fc.record({
          met: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
          x: fc.nat(width - 1),
          across: fc.integer({ min: 1, max: 3000 }),
          tx: fc.nat(3000),
          ty: fc.nat(3000),
          tall: fc.integer({ min: 1, max: 400 }),
        }),
        { maxLength: 30 },
      ),
    })
    .map(({ firstBlock, maps, columns, blocks }) => {
      const numbers = blocks.flatMap(({ met, x, across, tx, ty, tall }) =>
        met ? [x, Math.min(width, x + across), tx, tx + columns, ty, ty + tall] : [0, 0, 0, 0, 0, 0],
      );
      return { profile: { firstBlock, blocks: Int32Array.from(numbers) }, perRow: 4 * columns * (1 + maps), maps };
    });

const arbitraryShape: fc.Arbitrary<ChunkShape> = fc
  .record({
    width: fc.integer({ min: 1, max: 9000 }),
    height: fc.integer({ min: 1, max: 5000 }),
    planes: fc.constantFrom(1, 3),
    threads: fc.constantFrom(1, 2, 40),
  })
  .chain((rest) => fc.array(arbitraryTile(rest.width), { maxLength: 12 }).map((tiles) => ({ ...rest, tiles })));

const bytes = fc.integer({ min: 1, max: 400 }).map((n) => (n * MB) / 4);
const rules = fc.record({
  kernel: fc.constantFrom('bilinear', 'lanczos3'),
  combine: fc.constantFrom('mean', 'median', 'winsorized'),
});

const arbitraryPlanner: fc.Arbitrary<DevicePlanner> = fc
  .record({
    shape: arbitraryShape,
    rules,
    wgpu: fc.boolean(),
    hostBytes: bytes,
    chunkRows: fc.option(fc.integer({ min: 1, max: 700 }), { freq: 5 }),
    maxBuffer: fc.option(fc.constantFrom(16 * MB, 128 * MB)),
  })
  .map(({ shape, rules: by, wgpu, ...rest }) => ({
    ...rest,
    needs: new Needs(shape),
    estimate: wgpu ? wgpuEstimate(by, rest.maxBuffer ?? Infinity) : cudaEstimate(by),
  }));

describe('property: a plan is what asking every tile about every chunk gives', () => {
  test('what rows need, in whatever order they are asked for', () => {
    const spans = fc.array(fc.tuple(fc.nat(4999), fc.integer({ min: 1, max: 3000 })), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(arbitraryShape, spans, (shape, asked) => {
        const needs = new Needs(shape);
        for (const [row0, rows] of asked) expect(needs.whole(row0, rows)).toEqual(plainNeed(shape, row0, rows));
      }),
    );
  });

  test('the chunks of the CPU', () => {
    fc.assert(
      fc.property(arbitraryShape, bytes, (shape, budget) => {
        const { chunks } = planChunks(shape, budget, null);
        expect(chunks.map(({ row0, rows }) => [row0, rows])).toEqual(plainCuts(shape, budget));
        const windows = chunks.map(({ row0, rows }) => plainNeed(shape, row0, rows));
        expect(chunks.map(({ tiles }) => tiles)).toEqual(windows.map(({ tiles }) => tiles));
      }),
      { numRuns: 60 },
    );
  });

  test('the chunks of a device', () => {
    const bounds = fc.record({ bytes, rows: fc.constantFrom(256, 5000) });
    fc.assert(
      fc.property(arbitraryPlanner, bounds, fc.array(fc.nat(4999), { maxLength: 4 }), (planner, limits, starts) => {
        const { shape } = planner.needs;
        for (const row0 of starts.filter((row) => row < shape.height)) {
          const planned = planRows(planner, row0, limits);
          expect(planned === 'below_one_row' ? 0 : planned.rows).toBe(plainDeviceRows(planner, row0, limits));
        }
      }),
    );
  });
});

describe('work', () => {
  let looks = 0;
  /** Blocks that count how often they are read. */
  const counted = (blocks: Int32Array): Int32Array =>
    new Proxy(blocks, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
        return Reflect.get(target, key, target);
      },
    });

  /** `times` x 20 rows of 8 tiles each, 300 rows high and 200 apart. */
  function field(times: number): ChunkShape {
    const tiles = Array.from({ length: 160 * times }, (_, at) => {
      const [top, left] = [200 * Math.floor(at / 8), 200 * (at % 8)];
      const firstBlock = Math.floor(top / 64);
      const count = Math.ceil((top + 300) / 64) - firstBlock;
      const block = (row: number) => [left, left + 300, 0, 300, Math.max(0, row - top), Math.min(300, row + 64 - top)];
      const blocks = Int32Array.from(Array.from({ length: count }, (_, n) => block((firstBlock + n) * 64)).flat());
      return { profile: { firstBlock, blocks: counted(blocks) }, perRow: 1200, maps: 0 };
    });
    return { tiles, width: 1700, height: 4000 * times + 100, planes: 1, threads: 2 };
  }

  function looksOf(work: () => void): number {
    looks = 0;
    work();
    return looks;
  }

  const mean = { kernel: 'bilinear', combine: 'mean' };
  const planner = (times: number, wgpu: boolean, hostBytes: number): DevicePlanner => ({
    needs: new Needs(field(times)),
    estimate: wgpu ? wgpuEstimate(mean, 128 * MB) : cudaEstimate(mean),
    hostBytes,
    chunkRows: null,
    maxBuffer: wgpu ? 128 * MB : null,
  });
  const plans: [string, (times: number) => number][] = [
    ['the CPU, roomy', (times) => planChunks(field(times), 64 * MB, null).chunks.length],
    ['the CPU, tight', (times) => planChunks(field(times), 3 * MB, null).chunks.length],
    ['the CPU, above its budget', (times) => planChunks(field(times), MB / 8, null).chunks.length],
    ['CUDA', (times) => planDevice(planner(times, false, 1024 * MB), { bytes: 22 * MB, rows: 1e6 }).chunks],
    ['wgpu', (times) => planDevice(planner(times, true, 1024 * MB), { bytes: 64 * MB, rows: 1e6 }).chunks],
    [
      'a device whose host is short',
      (times) => planDevice(planner(times, false, 24 * MB), { bytes: 32 * MB, rows: 1e6 }).chunks,
    ],
  ];

  test.each(plans)('of %s: eight times the tiles and rows are eight times the work', (_, plan) => {
    let [few, many] = [0, 0];
    const [once, eight] = [looksOf(() => (few = plan(8))), looksOf(() => (many = plan(64)))];
    expect(few).toBeGreaterThan(1);
    expect(many).toBeGreaterThan(6 * few);
    expect(eight).toBeLessThan(9.6 * once);
  });

  test('the count can fail: asking every tile about every chunk is 64 times the work', () => {
    const ask = (times: number) => {
      const shape = field(times);
      for (let row0 = 0; row0 < shape.height; row0 += 400) {
        for (const { profile } of shape.tiles) expect(profile.blocks[0]).toBeGreaterThanOrEqual(0);
      }
    };
    const [once, eight] = [looksOf(() => ask(1)), looksOf(() => ask(8))];
    expect(eight).toBeGreaterThan(50 * once);
  });
});
