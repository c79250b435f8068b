import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ChunkShape } from '../src/budget/chunk-bytes.ts';
import {
  cudaEstimate,
  type DeviceRules,
  deviceBytes,
  largestBuffer,
  stagingBytes,
} from '../src/budget/device-bytes.ts';
import { planDevice, planReasons, planRows } from '../src/budget/device-plan.ts';
import { Needs } from '../src/budget/needs.ts';
import { chunkOf, type GoldenChunk } from './golden-chunk.ts';
import { plainChunk, plainNeed, upright } from './plain-plan.ts';

const MB = 1_048_576;
/** Bytes that the engine allocated for chunks of many shapes, written by its own tests. */
const golden = join(import.meta.dir, '../../../crates/cuda/tests/chunk-bytes.json');

const shape: ChunkShape = {
  tiles: [upright(0, 1500, 900, 6), upright(700, 1500, 900, 6), upright(1500, 1500, 500, 6)],
  width: 1500,
  height: 2000,
  planes: 1,
  threads: 2,
};
const mean: DeviceRules = { kernel: 'bilinear', combine: 'mean' };
const planner = {
  needs: new Needs(shape),
  estimate: cudaEstimate(mean),
  hostBytes: 1024 * MB,
  chunkRows: null,
  maxBuffer: null,
};

describe('device bytes', () => {
  test('are to the byte what the engine allocates', () => {
    const cases = JSON.parse(readFileSync(golden, 'utf8')) as GoldenChunk[];
    expect(cases.length).toBeGreaterThan(50);
    for (const one of cases) expect(deviceBytes(chunkOf(one), one)).toBe(one.bytes);
  });

  test('a chunk holds the tiles it meets, with what it needs of them', () => {
    const needs = new Needs(shape);
    const plane = 6144 * 70;
    expect(needs.whole(0, 64)).toEqual({
      tiles: 1,
      planes: plane,
      mapPlanes: 0,
      largestPlane: plane,
      longestRow: 6144,
      cells: 47,
      opacity: false,
      depth: 1,
      windowBytes: 6000 * 70,
    });
    expect(needs.whole(650, 200).tiles).toBe(2);
    expect(needs.whole(1990, 10).tiles).toBe(1);
  });

  test('a chunk is as deep as the most tiles over one block of it, not over all of it', () => {
    const depth = (of: ChunkShape, rows: number) => new Needs(of).whole(0, rows).depth;
    expect(depth(shape, 2000)).toBe(2);
    expect(depth(shape, 600)).toBe(1);
    const beside = {
      ...upright(0, 1500, 900),
      profile: { firstBlock: 0, blocks: Int32Array.of(2048, 2100, 0, 9, 0, 9) },
    };
    expect(depth({ ...shape, tiles: [...shape.tiles, beside], width: 2100 }, 64)).toBe(1);
    expect(depth({ ...shape, tiles: [] }, 64)).toBe(0);
  });

  test('rules that need all samples take a stack, kernels that read a table take that', () => {
    const chunk = plainChunk(shape, 640, 128);
    const more = (rules: DeviceRules) => deviceBytes(chunk, rules) - deviceBytes(chunk, mean);
    // Two tiles over 4 strips of two blocks.
    expect(more({ ...mean, combine: 'median' })).toBe(4 * 2 * 4 * 2 * 32_768);
    expect(more({ ...mean, combine: 'kappa-sigma' })).toBe(12 * 2 * 4 * 2 * 32_768);
    expect(more({ ...mean, combine: 'max' })).toBe(0);
    expect(more({ ...mean, kernel: 'lanczos3' })).toBe(12_544);
    const deep = { ...chunk, need: { ...chunk.need, depth: 5000 } };
    expect(deviceBytes(deep, { ...mean, combine: 'winsorized' }) - deviceBytes(deep, mean)).toBe(32 * MB);
  });
});

describe('property: device plan', () => {
  test.each(['mean', 'kappa-sigma'])(
    'a chunk by %s is within every bound, and the next row would not be',
    (combine) => {
      const estimate = cudaEstimate({ ...mean, combine });
      const bytesOf = (row0: number, rows: number) => estimate.bytes(plainChunk(shape, row0, rows));
      const bounds = fc.record({
        bytes: fc.integer({ min: 0, max: 64 * MB }),
        rows: fc.integer({ min: 1, max: 3000 }),
      });
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 1999 }), bounds, (row0, { bytes, rows }) => {
          const planned = planRows({ ...planner, estimate }, row0, { bytes, rows });
          if (planned === 'below_one_row') {
            expect(bytesOf(row0, 1)).toBeGreaterThan(bytes);
            return;
          }
          expect(planned.bytes).toBe(bytesOf(row0, planned.rows));
          expect(planned.bytes).toBeLessThanOrEqual(bytes);
          expect(planned.rows).toBeLessThanOrEqual(Math.min(rows, 2000 - row0));
          const full = planned.rows === Math.min(rows, 2000 - row0);
          if (!full) expect(bytesOf(row0, planned.rows + 1)).toBeGreaterThan(bytes);
        }),
      );
    },
  );

  test('rows that were asked for are had exactly or not at all', () => {
    const exactly = { ...planner, chunkRows: 100 };
    expect(planRows(exactly, 0, { bytes: 64 * MB, rows: 2000 })).toMatchObject({ rows: 100 });
    expect(planRows(exactly, 1950, { bytes: 64 * MB, rows: 2000 })).toMatchObject({ rows: 50 });
    expect(planRows(exactly, 0, { bytes: MB, rows: 2000 })).toBe('below_one_row');
  });

  test('little host memory makes chunks smaller, never none', () => {
    const poor = { ...planner, hostBytes: 16 * MB };
    const some = planRows(poor, 0, { bytes: 64 * MB, rows: 2000 });
    if (some === 'below_one_row') throw new Error('a row fits');
    expect(some.rows).toBeLessThan(2000);
    const host = 2 * plainNeed(shape, 0, some.rows).windowBytes + stagingBytes(plainChunk(shape, 0, some.rows), mean);
    expect(host).toBeLessThanOrEqual(16 * MB);
    expect(planRows({ ...planner, hostBytes: MB }, 0, { bytes: 64 * MB, rows: 2000 })).toMatchObject({ rows: 64 });
    expect(planDevice(poor, { bytes: 64 * MB, rows: 2000 }).chunks).toBeGreaterThan(
      planDevice(planner, { bytes: 64 * MB, rows: 2000 }).chunks,
    );
  });

  test('a device that limits its buffers gets fewer rows, but at least one, and the reason is told', () => {
    const all = { bytes: 64 * MB, rows: 2000 };
    const limited = { ...planner, maxBuffer: 2 * MB };
    const planned = planRows(limited, 0, all);
    if (planned === 'below_one_row') throw new Error('a row fits');
    expect(largestBuffer(plainChunk(shape, 0, planned.rows), mean)).toBeLessThanOrEqual(2 * MB);
    expect(largestBuffer(plainChunk(shape, 0, planned.rows + 1), mean)).toBeGreaterThan(2 * MB);
    expect(planReasons(limited, 0, all)).toEqual(['max_buffer']);
    expect(planReasons(planner, 0, all)).toEqual([]);
    expect(planReasons(planner, 0, { bytes: 0, rows: 2000 })).toEqual(['budget_below_one_row']);
    expect(planRows({ ...planner, maxBuffer: 1 }, 0, all)).toMatchObject({ rows: 1 });
    expect(planRows({ ...limited, chunkRows: 900 }, 0, all)).toMatchObject({ rows: 900 });
  });
});
