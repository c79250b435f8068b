import type { PassRows } from '../src/budget/pass-rows.ts';
import type { Fit, FitBounds } from '../src/device.ts';

/** An output whose rows all take the same bytes. */
export interface Linear {
  height: number;
  threads: number;
  /** Host bytes of a row's windows, and of a row's strips. */
  window: number;
  strip: number;
  /** Device bytes of a chunk besides its rows, and of each row. */
  fixed: number;
  row: number;
  /** Rows that fit into the device's largest buffer; null without a limit. */
  most: number | null;
}

/** The passes of such an output; `fit` answers as the engine does: the tallest chunk within the bounds. */
export function linearPass(output: Linear): PassRows {
  const { height, threads } = output;
  return {
    height,
    threads,
    fit: (on, row0, after, bounds) => linearFit(output, on, height - row0, bounds, row0 - (after ?? row0)),
  };
}

export function linearFit(output: Linear, on: 'cpu' | 'device', left: number, bounds: FitBounds, before = 0): Fit {
  const { deviceBytes = Infinity, hostBytes = Infinity, stripBytes, exact = false } = bounds;
  const wanted = Math.floor(Math.min(bounds.rows, left));
  const strips = (rows: number) => Math.min(rows, 32 * output.threads) * output.strip;
  // With the chunk before, or with one as tall behind it.
  const most = (rows: number) => Math.max(before + rows, Math.min(2 * rows, left));
  const onCpu = (rows: number): boolean => {
    const kept = stripBytes ?? strips(rows);
    return strips(rows) <= kept && output.window * most(rows) + kept <= hostBytes;
  };
  const fit = (rows: number, limitedBy: Fit['limitedBy']): Fit => ({
    rows,
    deviceBytes: on === 'cpu' || rows === 0 ? 0 : output.fixed + rows * output.row,
    hostBytes: output.window * most(rows) + strips(rows),
    windowBytes: output.window * rows,
    pairBytes: output.window * (before + rows),
    stripBytes: strips(rows),
    limitedBy,
  });
  if (on === 'cpu') {
    let rows = wanted;
    while (!exact && rows > 0 && !onCpu(rows)) rows -= 1;
    return fit(rows, rows < wanted ? 'host_bytes' : 'rows');
  }
  const within = Math.max(0, Math.floor((deviceBytes - output.fixed) / output.row));
  if (within < wanted && (exact || within === 0)) return fit(0, 'device_bytes');
  const allowed = Math.min(wanted, within);
  if (exact) return fit(allowed, 'rows');
  const held = Math.min(allowed, output.most ?? Infinity);
  let rows = held;
  while (rows > 1 && output.window * most(rows) + strips(rows) > hostBytes) rows -= 1;
  if (rows < held) return fit(rows, 'host_bytes');
  if (held < allowed) return fit(rows, 'max_buffer');
  return fit(rows, allowed < wanted ? 'device_bytes' : 'rows');
}
