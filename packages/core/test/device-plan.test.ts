import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type DevicePlanner, planDevice, planReasons, planRows } from '../src/budget/device-plan.ts';
import { MB } from '../src/units.ts';
import { type Linear, linearPass } from './linear-pass.ts';

const output: Linear = { height: 2000, threads: 2, window: 4000, strip: 9000, fixed: MB, row: 20_000, most: null };
const planner = (more: Partial<DevicePlanner> & Partial<Linear> = {}): DevicePlanner => ({
  pass: linearPass({ ...output, ...more }),
  hostBytes: more.hostBytes ?? Infinity,
  chunkRows: more.chunkRows ?? null,
});
const all = { bytes: 64 * MB, rows: 2000 };

describe('property: device plan', () => {
  test('a chunk is within its bounds, and with one more row it would not be', () => {
    const bounds = fc.record({ bytes: fc.integer({ min: 0, max: 64 * MB }), rows: fc.integer({ min: 1, max: 3000 }) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1999 }), bounds, (row0, { bytes, rows }) => {
        const planned = planRows(planner(), row0, { bytes, rows });
        const most = Math.min(rows, 2000 - row0);
        const fits = planned !== 'below_one_row' && 'rows' in planned;
        const found = fits ? planned.rows : 0;
        if (fits) expect(planned.bytes).toBe(MB + 20_000 * found);
        expect(found).toBeLessThanOrEqual(most);
        expect(found === 0 || MB + 20_000 * found <= bytes).toBe(true);
        expect(found === most || MB + 20_000 * (found + 1) > bytes).toBe(true);
      }),
    );
  });

  test('a whole channel covers every row within its bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), fc.integer({ min: 1, max: 3000 }), (mb, rows) => {
        const plan = planDevice(planner(), { bytes: mb * MB, rows });
        expect(plan.chunks).toBe(Math.ceil(2000 / plan.rows));
        expect(plan.bytes).toBeLessThanOrEqual(mb * MB);
        expect(plan.bytes).toBe(MB + 20_000 * plan.rows);
      }),
    );
  });
});

describe('device plan', () => {
  test('requested rows are planned exactly or not at all', () => {
    const exactly = planner({ chunkRows: 100 });
    expect(planRows(exactly, 0, all)).toMatchObject({ rows: 100 });
    expect(planRows(exactly, 1950, all)).toMatchObject({ rows: 50 });
    expect(planRows(exactly, 0, { ...all, bytes: 2 * MB })).toEqual({ demanded: 100 });
    expect(planReasons(exactly, 0, { ...all, bytes: 2 * MB })).toEqual(['chunk_rows']);
    expect(planRows(exactly, 0, { ...all, bytes: MB })).toBe('below_one_row');
    expect(planReasons(exactly, 0, { ...all, bytes: MB })).toEqual(['budget_below_one_row']);
    expect(planDevice(exactly, all)).toMatchObject({ chunks: 20, rows: 100 });
  });

  test('little host memory makes chunks smaller, but is not reported as a reason', () => {
    const poor = planner({ hostBytes: 2 * MB });
    const planned = planRows(poor, 0, all);
    if (planned === 'below_one_row' || 'demanded' in planned) throw new Error('a row fits');
    expect(planned.rows).toBeLessThan(2000);
    expect(planDevice(poor, all).hostBytes).toBeLessThanOrEqual(2 * MB);
    expect(planDevice(poor, all).chunks).toBeGreaterThan(planDevice(planner(), all).chunks);
    expect(planReasons(poor, 0, all)).toEqual([]);
  });

  test('a limit of the device on buffers is a reason, even where the host limits more', () => {
    expect(planReasons(planner({ most: 300 }), 0, all)).toEqual(['max_buffer']);
    expect(planReasons(planner({ most: 300, hostBytes: 2 * MB }), 0, all)).toEqual(['max_buffer']);
    expect(planRows(planner({ most: 300 }), 0, all)).toMatchObject({ rows: 300 });
    expect(planRows(planner({ most: 300, chunkRows: 900 }), 0, all)).toMatchObject({ rows: 900 });
    expect(planReasons(planner(), 0, all)).toEqual([]);
  });

  test('not even one row: the reason says so, and the plan has no chunk', () => {
    const none = { bytes: MB, rows: 2000 };
    expect(planRows(planner(), 0, none)).toBe('below_one_row');
    expect(planReasons(planner(), 0, none)).toEqual(['budget_below_one_row']);
    expect(planDevice(planner(), none)).toEqual({ chunks: 0, rows: 0, bytes: 0, hostBytes: 0 });
  });
});
