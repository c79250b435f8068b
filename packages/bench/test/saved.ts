import { type Combination, keyOf, type Result, type Run, type Saved } from '../src/record.ts';

/** A run of one channel that took this many seconds. */
export function run(seconds: number, kernel = seconds * 500): Run {
  const ms = { map: 1, read: 2, upload: 0, kernel, download: 0, write: 12, wait: 0.5 };
  const bytes = { bytes_up: 0, bytes_down: 0, bytes_read: 800_000, bytes_written: 900_000, peak_bytes: 4e6 };
  return {
    seconds,
    user_seconds: seconds,
    system_seconds: 0.01,
    sync_ms: 8,
    peak_rss: 9e7,
    channels: [
      {
        ...{ channel: 1, channels: 1, of: 1, backend: 'cpu', free_vram_mb: null, budget_mb: 256, cap_mb: 256 },
        ...{ chunks: 3, cpu_chunks: 0, attempts: 0, rows_per_chunk: 256, rows_done: 700, retries: 0, fallback: null },
        ...bytes,
        ...{
          estimated_bytes: 5e6,
          seconds,
          ms,
          covered: 70_000,
          dead_in_one_channel: 0,
          overflow: false,
          map_error_px: 1e-5,
        },
      },
    ],
  };
}

export function result(runs: Run[], more: Partial<Combination> = {}): Result {
  const combination: Combination = {
    scenario: 'small',
    backend: 'cpu',
    kernel: 'bilinear',
    combine: 'mean',
    threads: 2,
    chunk_mb: 'auto',
    chunk_rows: null,
    ...more,
  };
  const counters = { grid: '900x700x1', tiles: 4, 'ch1.chunks': 3, 'ch1.bytes_read': 800_000 };
  return { key: keyOf(combination), combination, counters, unsteady: [], runs, vram: [] };
}

export function saved(...results: Result[]): Saved {
  return {
    schema: 1,
    kind: 'bench',
    version: '0.1.0',
    made: '2025-10-01T12:00:00.000Z',
    host: {
      cpu: 'A <CPU> & more',
      threads: 2,
      simd: 'avx2',
      ram_total: 8e9,
      system: 'linux x64',
      gpus: [],
      load: 0.1,
    },
    debug_variables: {},
    ceilings: { copy: 1e10, warp: 3e8, read: 8e9, write: 3e9, sync: null },
    scenarios: [{ name: 'small', about: 'four tiles', hash: 'abc', tiles: 4, megapixels: 0.8, planes: 1 }],
    results,
  };
}
