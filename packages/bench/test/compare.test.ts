import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { compare, comparisonTable } from '../src/compare.ts';
import { result, run, saved } from './saved.ts';

const calm = saved(result([run(0.1), run(0.11), run(0.12)]));

describe('compare', () => {
  test('a bench compared with itself has no regressions', () => {
    const compared = compare(calm, calm, 1.25);
    expect(compared.regressions).toEqual([]);
    expect(compared.counters).toBe(4);
    expect(compared.rows.map(({ figure }) => figure)).toEqual(['elapsed', 'kernel', 'write']);
  });

  test('a counter that changed by one is a regression, regardless of the times', () => {
    const faster = result([run(0.01)]);
    faster.counters['ch1.bytes_read'] = 800_001;
    const { regressions } = compare(calm, saved(faster), 1.25);
    expect(regressions).toMatchObject([
      { figure: 'ch1.bytes_read', was: '800000', now: '800001', ratio: null, verdict: 'changed' },
    ]);
  });

  test('a counter that only one of them has counts as a change', () => {
    const more = result([run(0.1)]);
    more.counters['ch2.chunks'] = 1;
    expect(compare(calm, saved(more), 1.25).regressions).toMatchObject([{ figure: 'ch2.chunks', was: '-' }]);
    expect(compare(saved(more), calm, 1.25).regressions).toMatchObject([{ figure: 'ch2.chunks', now: '-' }]);
  });

  test('counters that differ between runs of one bench count as a change', () => {
    const loose = { ...result([run(0.1), run(0.1)]), unsteady: ['ch1.chunks'] };
    expect(compare(calm, saved(loose), 1.25).regressions).toMatchObject([{ figure: 'ch1.chunks', verdict: 'changed' }]);
  });

  test('slower beyond tolerance and spread', () => {
    const slow = saved(result([run(0.2), run(0.21), run(0.22)]));
    expect(compare(calm, slow, 1.25).regressions.map(({ figure }) => figure)).toEqual(['elapsed', 'kernel']);
    expect(compare(slow, calm, 1.25).rows[0]?.verdict).toBe('faster');
    expect(compare(calm, slow, 2.5).regressions).toEqual([]);
  });

  test('runs that overlap are not a regression, nor are times too short to measure', () => {
    const noisy = saved(result([run(0.115), run(0.2), run(0.3)]));
    expect(compare(calm, noisy, 1.25).regressions.filter(({ figure }) => figure === 'elapsed')).toEqual([]);
    const short = compare(saved(result([run(0.001)])), saved(result([run(0.009)])), 1.25);
    expect(short.regressions).toEqual([]);
  });

  test('a single stage that grew is noticed', () => {
    const kernel = saved(result([run(0.1, 100), run(0.11, 100), run(0.12, 100)]));
    expect(compare(calm, kernel, 1.25).regressions).toMatchObject([{ figure: 'kernel', verdict: 'slower' }]);
  });

  test('a missing combination fails, a new one is reported', () => {
    const other = saved(result([run(0.1)], { chunk_rows: 64 }));
    const { rows, regressions } = compare(calm, other, 1.25);
    expect(regressions).toMatchObject([{ verdict: 'missing' }]);
    expect(rows.map(({ verdict }) => verdict)).toEqual(['missing', 'new']);
  });

  test('on another machine times are shown and not judged, counters are', () => {
    const slow = result([run(9)]);
    slow.counters.tiles = 5;
    const there = { ...saved(slow), host: { ...calm.host, cpu: 'another' } };
    const compared = compare(calm, there, 1.25);
    expect(compared.timesIgnored).toContain('cpu');
    expect(compared.regressions.map(({ figure }) => figure)).toEqual(['tiles']);
    expect(compared.rows.find(({ figure }) => figure === 'elapsed')?.ratio).toBeGreaterThan(80);
  });

  test('scaling every time scales the ratio; the verdict follows the tolerance', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (times, tolerance) => {
          const other = saved(result([run(1 * times), run(1.01 * times)]));
          const row = compare(saved(result([run(1), run(1.01)])), other, tolerance).rows[0];
          expect(row?.ratio).toBeCloseTo(times, 6);
          if (row?.verdict === 'slower') expect(times).toBeGreaterThan(tolerance * 0.999);
          if (row?.verdict === 'faster') expect(1 / times).toBeGreaterThan(tolerance * 0.999);
        },
      ),
    );
  });

  test('one table', () => {
    const [head, elapsed] = comparisonTable(compare(calm, calm, 1.25));
    expect(head).toEqual(['combination', 'figure', 'before', 'after', 'ratio', 'verdict']);
    expect(elapsed).toEqual([
      'small/cpu/bilinear/mean/2t/auto',
      'elapsed',
      '110.0 ± 10.0 ms',
      '110.0 ± 10.0 ms',
      '1.00',
      'same',
    ]);
  });
});
