import { describe, expect, test } from 'bun:test';
import { keyOf } from '../src/record.ts';
import { loadScenario } from '../src/scenario.ts';
import { middle, spread } from '../src/statistics.ts';
import { combinations } from '../src/sweep.ts';

describe('combinations', () => {
  const request: Parameters<typeof combinations>[0] = {
    scenarios: [loadScenario('small')],
    chunks: [{ mb: 'auto' }, { mb: 64 }, { rows: 100 }],
    backends: ['cpu', 'cuda'],
    kernels: ['bilinear'],
    combines: ['mean'],
    threads: [1, 2],
  };

  test('each once; memory per chunk is not swept on the CPU', () => {
    expect(combinations({ ...request, threads: [2] }).map(keyOf)).toEqual([
      'small/cpu/bilinear/mean/2t/auto',
      'small/cpu/bilinear/mean/2t/100rows',
      'small/cuda/bilinear/mean/2t/auto',
      'small/cuda/bilinear/mean/2t/64MB',
      'small/cuda/bilinear/mean/2t/100rows',
    ]);
    expect(combinations(request).length).toBe(10);
  });
});

test('median, spread and the run nearest to the median', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spread([])).toEqual({ median: 0, min: 0, max: 0 });
  expect(middle([9, 1, 4], (value) => value)).toBe(4);
});
