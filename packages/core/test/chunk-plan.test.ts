import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { mostRows, planChunks } from '../src/budget/chunk-plan.ts';
import { cpuBudget, ramMb } from '../src/budget/host-budget.ts';
import { MB } from '../src/units.ts';
import { type Linear, linearPass } from './linear-pass.ts';

const arbitraryOutput: fc.Arbitrary<Linear> = fc.record({
  height: fc.integer({ min: 1, max: 5000 }),
  threads: fc.integer({ min: 1, max: 64 }),
  window: fc.nat(400_000),
  strip: fc.integer({ min: 9, max: 500_000 }),
  fixed: fc.constant(0),
  row: fc.constant(1),
  most: fc.constant(null),
});
const budgets = fc.integer({ min: 1, max: 256 }).map((mb) => mb * MB);
const flat: Linear = { height: 1000, threads: 2, window: 0, strip: 900, fixed: 0, row: 1, most: null };
const plan = (output: Linear, budget: number, rows: number | null = null) =>
  planChunks(linearPass(output), budget, rows);

describe('property: chunk plan', () => {
  test('chunks cover every row once, in order', () => {
    fc.assert(
      fc.property(arbitraryOutput, budgets, fc.option(fc.integer({ min: 1, max: 700 })), (output, budget, rows) => {
        let next = 0;
        for (const chunk of plan(output, budget, rows).chunks) {
          expect(chunk.row0).toBe(next);
          expect(chunk.rows).toBeGreaterThan(0);
          next += chunk.rows;
        }
        expect(next).toBe(output.height);
      }),
    );
  });

  test('a chunk and the one read ahead fit the budget, or count as over it', () => {
    fc.assert(
      fc.property(arbitraryOutput, budgets, (output, budget) => {
        const { overBudget, bytes, chunks } = plan(output, budget);
        if (overBudget === 0) expect(bytes).toBeLessThanOrEqual(budget);
        for (const chunk of chunks) expect(chunk.rows).toBeLessThanOrEqual(mostRows(output.threads));
      }),
    );
  });

  test('strips get their share first, the rest is for two chunks: one more row would be too much', () => {
    fc.assert(
      fc.property(arbitraryOutput, budgets, (output, budget) => {
        const { overBudget, chunks } = plan(output, budget);
        if (overBudget > 0) return;
        const strips = (rows: number) => Math.min(rows, 32 * output.threads) * output.strip;
        const share = Math.min(strips(Math.min(mostRows(output.threads), output.height)), budget / 2);
        for (const [at, { row0, rows }] of chunks.entries()) {
          const before = chunks[at - 1]?.rows ?? 0;
          if (row0 + rows === output.height || rows === mostRows(output.threads)) continue;
          const most = Math.max(before + rows + 1, Math.min(2 * (rows + 1), output.height - row0));
          expect(strips(rows + 1) > share || output.window * most > budget - share).toBe(true);
        }
      }),
    );
  });

  test('the fit check can fail: half a row is not a row', () => {
    const output = { ...flat, height: 2, window: MB };
    const needed = 2 * MB + 2 * 900;
    expect(plan(output, needed).overBudget).toBe(0);
    expect(plan(output, needed - 1).overBudget).toBeGreaterThan(0);
  });
});

describe('chunk plan', () => {
  test('more rows than threads can use at the same time gain nothing', () => {
    const rows = (threads: number) => plan({ ...flat, threads }, 256 * MB).chunks.map((chunk) => chunk.rows);
    expect([rows(2), rows(7)]).toEqual([
      [512, 488],
      [896, 104],
    ]);
  });

  test('requested rows are exact; the last chunk takes the rest', () => {
    expect(plan(flat, 1, 300).chunks.map((chunk) => chunk.rows)).toEqual([300, 300, 300, 100]);
  });

  test('a chunk counts its strips, its windows and those of the next chunk', () => {
    const { chunks } = plan({ ...flat, window: 10_000 }, 256 * MB, 300);
    expect(chunks.map((chunk) => chunk.bytes)).toEqual([600, 600, 400, 100].map((rows) => 10_000 * rows + 64 * 900));
  });

  test('where not even one row fits, a chunk takes all rows that cost little more', () => {
    // Every output row needs the whole of a tile that is rotated by 90 degrees.
    const pass = linearPass(flat);
    const aside = (rows: number) => ({ windowBytes: 64 * MB, hostBytes: 64 * MB + 900 * rows, pairBytes: 64 * MB });
    const fit: typeof pass.fit = (on, row0, after, bounds) => {
      const found = pass.fit(on, row0, after, { ...bounds, hostBytes: Infinity });
      const fits = bounds.exact === true || (bounds.hostBytes ?? 0) >= 64 * MB;
      return { ...found, ...aside(found.rows), rows: fits ? found.rows : 0 };
    };
    const aslant = planChunks({ ...pass, fit }, MB, null);
    expect(aslant.chunks.map((chunk) => chunk.rows)).toEqual([512, 488]);
    expect(aslant.overBudget).toBe(2);
    // Where each row costs the same again, chunks have one row.
    expect(plan({ ...flat, height: 3, window: MB }, MB).chunks.map((chunk) => chunk.rows)).toEqual([1, 1, 1]);
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
