import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ChunkShape, stripBytes } from '../src/budget/chunk-bytes.ts';
import { mostRows, planChunks } from '../src/budget/chunk-plan.ts';
import { cpuBudget, MB, ramMb } from '../src/budget/host-budget.ts';
import { plainNeed, upright } from './plain-plan.ts';

const arbitraryShape: fc.Arbitrary<ChunkShape> = fc
  .record({
    width: fc.integer({ min: 1, max: 20_000 }),
    height: fc.integer({ min: 1, max: 5000 }),
    planes: fc.constantFrom(1, 3, 4),
    threads: fc.integer({ min: 1, max: 64 }),
    tiles: fc.array(
      fc.record({
        top: fc.integer({ min: 0, max: 4999 }),
        width: fc.integer({ min: 1, max: 8000 }),
        height: fc.integer({ min: 1, max: 4000 }),
        map: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ tiles, ...rest }) => ({
    ...rest,
    tiles: tiles.map(({ top, width, height, map }) => upright(top, width, height, 0, rest.planes, map ? 1 : 0)),
  }));

const budgets = fc.integer({ min: 1, max: 256 }).map((mb) => mb * MB);

describe('property: chunk plan', () => {
  test('chunks cover every row once, in order', () => {
    fc.assert(
      fc.property(arbitraryShape, budgets, fc.option(fc.integer({ min: 1, max: 700 })), (shape, budget, rows) => {
        const { chunks } = planChunks(shape, budget, rows);
        let next = 0;
        for (const chunk of chunks) {
          expect(chunk.row0).toBe(next);
          expect(chunk.rows).toBeGreaterThan(0);
          next += chunk.rows;
        }
        expect(next).toBe(shape.height);
      }),
    );
  });

  test('a chunk and the one read ahead fit the budget, or are counted as over it', () => {
    fc.assert(
      fc.property(arbitraryShape, budgets, (shape, budget) => {
        const plan = planChunks(shape, budget, null);
        if (plan.overBudget === 0) expect(plan.bytes).toBeLessThanOrEqual(budget);
        for (const chunk of plan.chunks) expect(chunk.rows).toBeLessThanOrEqual(mostRows(shape.threads));
      }),
    );
  });

  test('a chunk is the tallest that fits: the next aligned height would not', () => {
    fc.assert(
      fc.property(arbitraryShape, budgets, (shape, budget) => {
        const plan = planChunks(shape, budget, null);
        if (plan.overBudget > 0) return;
        for (const { row0, rows } of plan.chunks) {
          const end = row0 + rows;
          if (end >= shape.height || rows < 32 || rows > mostRows(shape.threads) - 32) continue;
          const taller = Math.min(rows + 32, shape.height - row0);
          const strips = Math.min(stripBytes(shape, Math.min(mostRows(shape.threads), shape.height)), budget / 2);
          const tooTall = stripBytes(shape, taller) > strips;
          expect(tooTall || 2 * plainNeed(shape, row0, taller).windowBytes > budget - strips).toBe(true);
        }
      }),
    );
  });

  test('the fit check can fail: half a window is not a window', () => {
    const shape: ChunkShape = {
      width: 1000,
      height: 64,
      planes: 1,
      threads: 1,
      tiles: [upright(0, 1000, 64)],
    };
    const needed = 2 * plainNeed(shape, 0, 64).windowBytes + stripBytes(shape, 32);
    expect(planChunks(shape, needed, null).overBudget).toBe(0);
    expect(planChunks(shape, needed - 1, null).overBudget).toBe(1);
  });
});

describe('chunk plan', () => {
  const flat: ChunkShape = { width: 100, height: 1000, planes: 1, threads: 2, tiles: [] };

  test('ends on multiples of 32 output rows', () => {
    const { chunks } = planChunks(flat, 256 * MB, null);
    expect(chunks.map((chunk) => chunk.rows)).toEqual([512, 488]);
  });

  test('asked rows are exact, the last chunk takes the rest', () => {
    const { chunks } = planChunks(flat, 1, 300);
    expect(chunks.map((chunk) => chunk.rows)).toEqual([300, 300, 300, 100]);
  });

  test('tiles are counted where they meet the rows', () => {
    const shape = { ...flat, tiles: [upright(640, 50, 100)] };
    const { chunks } = planChunks(shape, 256 * MB, 320);
    expect(chunks.map((chunk) => chunk.tiles)).toEqual([0, 0, 1, 0]);
    expect(chunks[1]?.bytes).toBe(stripBytes(shape, 320) + 50 * 100 * 4);
  });

  test('where not even one row fits, a block is done at once, or more where more costs the same', () => {
    const steep = { ...flat, tiles: [upright(0, 8000, 1000)] };
    const plan = planChunks(steep, 1 * MB, null);
    expect(plan.overBudget).toBe(plan.chunks.length);
    expect(plan.chunks[0]?.rows).toBe(64);
    // A tile on its side: any output row needs all of its rows.
    const blocks = Int32Array.from(Array.from({ length: 16 }, () => [0, 100, 0, 8000, 0, 1000]).flat());
    const aside = { firstBlock: 0, blocks };
    expect(planChunks({ ...flat, tiles: [{ profile: aside, perRow: 32_000, maps: 0 }] }, 1 * MB, null).rows).toBe(512);
  });

  test('wide output: fewer rows when strips alone exceed the budget', () => {
    const plan = planChunks({ ...flat, width: 5_000_000, threads: 16 }, 256 * MB, null);
    expect(plan.overBudget).toBe(0);
    expect(plan.rows).toBe(2);
  });
});

describe('host budget', () => {
  const host = { threads: 4, ramTotal: 16 * 1024 * MB, ramAvailable: 8 * 1024 * MB, power: 'mains' };
  const facts = { ...host, peakRss: 0, mayHaveGpu: false, simd: 'none', version: '0' };

  test('half of what is available, the cgroup included', () => {
    expect(ramMb(null, facts)).toBe(4096);
    expect(ramMb(null, { ...facts, cgroupLimit: 1000 * MB })).toBe(500);
    expect(ramMb(123, facts)).toBe(123);
  });

  test('a quarter of that, 256 MB at most', () => {
    expect(cpuBudget(4096)).toBe(256 * MB);
    expect(cpuBudget(500)).toBe(125 * MB);
  });
});
