import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type CapSnapshot, snapshotCap, type VramOptions } from '../src/budget/cap.ts';
import { budgetOf, type ChannelBudget, planHints, refreshBudget, withReasons } from '../src/budget/policy.ts';
import { refreshLines } from '../src/budget/refresh-line.ts';
import { MB } from '../src/units.ts';
import { options } from './options.ts';

const HEIGHT = 2700;
const HINTS = { chunkBytes: 300 * MB, rows: HEIGHT };

function cap(more: Partial<VramOptions> = {}, totalMb: number | null = 8192, power = 'mains'): CapSnapshot {
  return snapshotCap(options(more), { totalBytes: totalMb === null ? null : totalMb * MB, power });
}

function refresh(snapshot: CapSnapshot, freeMb: number | null, height = HEIGHT, hints: object = HINTS): ChannelBudget {
  const raw = { ...HINTS, ...hints };
  return refreshBudget(snapshot, freeMb === null ? null : freeMb * MB, height, raw);
}

function budgets(snapshot: CapSnapshot, ...freeMb: (number | null)[]): number[] {
  return freeMb.map((free) => refresh(snapshot, free).budgetBytes / MB);
}

describe('cap', () => {
  test('USER: as requested, between 64 and 16384 MB, whatever the device has', () => {
    const user = (chunkMb: number) => cap({ chunkMb }, 100);
    expect([8, 64, 128, 16_384, 99_999].map((mb) => user(mb).capBytes / MB)).toEqual([64, 64, 128, 16_384, 16_384]);
    expect(user(8).reasons).toEqual(['chunk_mb_clamped']);
    expect(user(128).reasons).toEqual([]);
  });

  test('AUTO: 0.72 of the total, 512 MB when unknown', () => {
    expect(cap({}, 6000).capBytes / MB).toBe(4320);
    expect(cap({}, 60).capBytes / MB).toBeCloseTo(43.2, 5);
    for (const total of [null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(cap({}, total).capBytes / MB).toBe(512);
      expect(cap({}, total).reasons).toEqual(['total_unknown']);
    }
  });

  test('on battery at most 128 MB, also for USER; in safe mode on mains only for AUTO', () => {
    expect(cap({ chunkMb: 512 }, 8192, 'battery')).toMatchObject({ capBytes: 128 * MB, reasons: ['battery'] });
    expect(cap({ safeMode: 'off' }, 8192, 'battery')).toMatchObject({ capBytes: 128 * MB, safeMode: false });
    expect(cap({ safeMode: 'on' })).toMatchObject({ capBytes: 128 * MB, reasons: ['safe_mode'] });
    expect(cap({ safeMode: 'on', chunkMb: 512 }).capBytes).toBe(512 * MB);
    expect(cap({ chunkMb: 64 }, 8192, 'battery')).toMatchObject({ capBytes: 64 * MB, reasons: [] });
  });

  test('the hard cap comes last, and 0 means none', () => {
    expect(cap({ vramHardCapMb: 100 })).toMatchObject({ capBytes: 100 * MB, reasons: ['hard_cap'] });
    expect(cap({ vramHardCapMb: 10, chunkMb: 512 }, 8192, 'battery').reasons).toEqual(['battery', 'hard_cap']);
    expect(cap({ vramHardCapMb: 0 }, 1000).capBytes / MB).toBe(720);
    // A limit that changes nothing is not a reason.
    expect(cap({ vramHardCapMb: 128, chunkMb: 128 }, 8192, 'battery').reasons).toEqual([]);
  });

  test('safe mode auto: on battery only; unknown power is mains', () => {
    expect(['mains', 'unknown', 'battery'].map((power) => cap({}, 8192, power).safeMode)).toEqual([false, false, true]);
    expect(cap({}, 8192, 'battery').frac).toBe(0.25);
    expect(cap({ safeMode: 'on' }).frac).toBe(0.25);
    expect(cap({ safeMode: 'off' }, 8192, 'battery').frac).toBe(0.45);
  });

  test('the fraction stays within 0.05 and 0.90', () => {
    const frac = (vramFraction: number) => cap({ vramFraction });
    expect([0, 0.01, 0.3, 1, Number.NaN].map((f) => frac(f).frac)).toEqual([0.05, 0.05, 0.3, 0.9, 0.45]);
    expect(frac(0.01).reasons).toEqual(['fraction_clamped']);
    expect(frac(0.3).reasons).toEqual([]);
  });
});

describe('refresh', () => {
  test('the budget follows the free bytes and never passes the cap', () => {
    expect(budgets(cap({}, 6000), 1000, 6000, 6000)).toEqual([450, 2700, 2700]);
    expect(budgets(cap({}, 600), 60, 600, 600)).toEqual([27, 270, 270]);
    expect(budgets(cap({ chunkMb: 128 }, 24_000), 500, 8000, 24_000)).toEqual([128, 128, 128]);
    expect(budgets(cap({ chunkMb: 512 }, 8192, 'battery'), 8000)).toEqual([128]);
  });

  test('the cap is a reason where it lowers the budget', () => {
    const half = cap({ chunkMb: 128, vramFraction: 0.5 });
    expect(
      [255, 256, 257].map((free) => refresh(half, free)).map((found) => 'reasons' in found && found.reasons),
    ).toEqual([[], [], ['cap']]);
  });

  test('little or no free memory is a measurement', () => {
    expect(budgets(cap(), 100, 5, 0)).toEqual([45, 2.25, 0]);
    expect(refresh(cap(), 0).kind).toBe('fresh');
  });

  test('the reserve comes off first', () => {
    expect(budgets(cap({ vramReserveMb: 200 }), 1000, 200, 100)).toEqual([360, 0, 0]);
  });

  test('rows: all of the output, 256 at most in safe mode', () => {
    expect(refresh(cap(), 1000).rowsHint).toBe(HEIGHT);
    expect(refresh(cap({ safeMode: 'on' }), 1000).rowsHint).toBe(256);
    expect(refresh(cap({ safeMode: 'on' }), 1000, 100).rowsHint).toBe(100);
  });

  test('no probe: the chunk and rows of the plan, the cap still holds', () => {
    for (const free of [null, Number.NaN, -1]) {
      expect(refresh(cap(), free)).toMatchObject({ kind: 'unavailable', budgetBytes: 300 * MB, rowsHint: HEIGHT });
    }
    expect(budgets(cap({ chunkMb: 64 }), null)).toEqual([64]);
  });

  test('unusable hints are replaced and reported', () => {
    for (const bad of [0, -5, Number.NaN, Number.POSITIVE_INFINITY, 'many', null, undefined, {}]) {
      const found = refresh(cap(), null, HEIGHT, { chunkBytes: bad, rows: bad });
      expect(found).toMatchObject({ budgetBytes: 512 * MB, rowsHint: HEIGHT });
      const [line, second, ...rest] = refreshLines(found, 1, 3);
      expect(line).toStartWith('refresh skipped/normalized channel=2/3: chunk_mb ');
      expect(line).toEndWith(' -> 2700');
      expect([second, rest]).toEqual(['VRAM probe unavailable, keeping plan hints', []]);
    }
    expect(refresh(cap(), 1000, HEIGHT, { rows: 0 })).toMatchObject({ kind: 'fresh', budgetBytes: 450 * MB });
  });

  test('hints for the plan: from the first probe, else as requested by the user, else 512 MB', () => {
    expect(planHints(cap(), 1000 * MB, HEIGHT)).toEqual({ chunkBytes: 450 * MB, rows: HEIGHT });
    expect(planHints(cap({ chunkMb: 2000 }), null, HEIGHT).chunkBytes).toBe(2000 * MB);
    expect(planHints(cap({}, 8192), null, HEIGHT).chunkBytes).toBe(512 * MB);
    expect(planHints(cap({}, 100), null, HEIGHT).chunkBytes).toBe(72 * MB);
    expect(planHints(cap(), 0, HEIGHT).chunkBytes).toBe(512 * MB);
  });
});

describe('refresh line', () => {
  test('fields in order, with their decimals', () => {
    expect(refreshLines(refresh(cap({}, 6000), 1000), 0, 3)).toEqual([
      'Phase5 GPU VRAM refresh channel=1/3 free_vram_mb=1000.0 budget_mb=450.0 frac=0.45 reserve_mb=0.0 rows_hint=2700 cap_mb=4320.0 safe_mode=off reasons=[]',
    ]);
    expect(refreshLines(refresh(cap({ chunkMb: 512, vramReserveMb: 64.25 }, 8192, 'battery'), 8000.06), 1, 3)).toEqual([
      'Phase5 GPU VRAM refresh channel=2/3 free_vram_mb=8000.1 budget_mb=128.0 frac=0.25 reserve_mb=64.3 rows_hint=256 cap_mb=128.0 safe_mode=on reasons=[battery,cap]',
    ]);
  });

  test('reasons found later are added once', () => {
    const found = refresh(cap(), 1000);
    if (found.kind !== 'fresh') throw new Error('a probe was given');
    const twice = withReasons(withReasons(found, ['max_buffer']), ['max_buffer', 'budget_below_one_row']);
    expect(refreshLines(twice, 1, 1)[0]).toEndWith('reasons=[max_buffer,budget_below_one_row]');
  });

  test('a hint with many lines is shown on one', () => {
    const line = refreshLines(refresh(cap(), null, HEIGHT, { rows: `a\nb${'c'.repeat(500)}` }), 1, 1)[0] ?? '';
    expect(line).not.toContain('\n');
    expect(line.length).toBeLessThan(120);
  });
});

describe('property: budget', () => {
  const anyNumber = fc.oneof(
    fc.double({ min: -10, max: 1e6 }),
    fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY),
  );
  const anyOptions = fc.record({
    chunkMb: fc.oneof(fc.constant('auto' as const), anyNumber),
    vramHardCapMb: anyNumber,
    vramReserveMb: anyNumber,
    vramFraction: anyNumber,
    vramSafeFraction: anyNumber,
    safeMode: fc.constantFrom('auto' as const, 'on' as const, 'off' as const),
  });
  const bytes = fc.option(fc.oneof(anyNumber, fc.double({ min: 0, max: 1e12, noNaN: true })), { nil: null });

  /** What is wrong with a budget; null if nothing is. */
  function fault(found: ChannelBudget, snapshot: CapSnapshot, free: number | null): string | null {
    if (!Number.isInteger(found.budgetBytes) || found.budgetBytes < 0) return 'no whole number of bytes';
    if (found.budgetBytes > snapshot.capBytes) return 'above the cap';
    if (found.kind === 'unavailable') return null;
    if (found.budgetBytes > 0.9 * Math.max(0, (free ?? 0) - snapshot.reserveBytes)) return 'above what is usable';
    return null;
  }

  test('whole bytes, never above the cap or above what is usable', () => {
    fc.assert(
      fc.property(
        anyOptions,
        bytes,
        bytes,
        fc.constantFrom('mains', 'battery', 'unknown'),
        (asked, total, free, power) => {
          const snapshot = snapshotCap(asked, { totalBytes: total, power });
          const found = refreshBudget(snapshot, free, HEIGHT, HINTS);
          expect(fault(found, snapshot, free)).toBeNull();
          expect(found.rowsHint).toBeGreaterThanOrEqual(1);
          if (power === 'battery') expect(snapshot.capBytes).toBeLessThanOrEqual(128 * MB);
          for (const line of refreshLines(found, 1, 1)) expect(line).not.toMatch(/NaN|Infinity|undefined/);
        },
      ),
    );
  });

  test('more free bytes never mean a smaller budget', () => {
    fc.assert(
      fc.property(anyOptions, fc.nat(2 ** 40), fc.nat(2 ** 40), (asked, free, more) => {
        const snapshot = snapshotCap(asked, { totalBytes: 2 ** 33, power: 'mains' });
        expect(budgetOf(snapshot, free + more) ?? -1).toBeGreaterThanOrEqual(budgetOf(snapshot, free) ?? -1);
      }),
    );
  });

  test('the check can fail', () => {
    const snapshot = cap({ chunkMb: 128 });
    const found = refresh(snapshot, 8000);
    expect(fault({ ...found, budgetBytes: 128 * MB + 1 }, snapshot, 8000 * MB)).toBe('above the cap');
    expect(fault(found, snapshot, 100 * MB)).toBe('above what is usable');
  });
});
