import type { Fit } from '../device.ts';
import type { BudgetReason } from './cap.ts';
import type { PassRows } from './pass-rows.ts';

/** What bounds a chunk on the device. */
export interface DeviceBounds {
  /** Upper limits: device bytes and output rows. */
  bytes: number;
  rows: number;
}

/** What does not change while a channel is planned. */
export interface DevicePlanner {
  /** A pass over one channel. */
  pass: PassRows;
  /** Host bytes for the windows of a chunk and of the next one, and for the staging buffers of copies. */
  hostBytes: number;
  /** Exactly this many rows; null for as many as fit. */
  chunkRows: number | null;
}

export interface PlannedRows {
  rows: number;
  /** Estimated device bytes. */
  bytes: number;
}

/** Why nothing fits: not even one row does, or fewer than the rows that the user demands. */
export type NoFit = 'below_one_row' | { demanded: number };

/** The tallest chunk at `row0` within the bounds and the host's memory, or exactly the demanded rows. */
export function planRows(planner: DevicePlanner, row0: number, bounds: DeviceBounds): PlannedRows | NoFit {
  const { rows, deviceBytes } = fit(planner, row0, bounds, planner.hostBytes);
  return rows < 1 ? noFit(planner, row0, bounds, planner.hostBytes) : { rows, bytes: deviceBytes };
}

function noFit(planner: DevicePlanner, row0: number, bounds: DeviceBounds, hostBytes: number): NoFit {
  const { chunkRows } = planner;
  if (chunkRows === null || fit({ ...planner, chunkRows: null }, row0, bounds, hostBytes).rows < 1) {
    return 'below_one_row';
  }
  return { demanded: chunkRows };
}

/** Why a chunk at `row0` is smaller than its bounds allow. A limit in the host's memory is not reported. */
export function planReasons(planner: DevicePlanner, row0: number, bounds: DeviceBounds): BudgetReason[] {
  const { rows, limitedBy } = fit(planner, row0, bounds, Infinity);
  if (rows < 1) {
    return noFit(planner, row0, bounds, Infinity) === 'below_one_row' ? ['budget_below_one_row'] : ['chunk_rows'];
  }
  return limitedBy === 'max_buffer' ? ['max_buffer'] : [];
}

function fit({ pass, chunkRows }: DevicePlanner, row0: number, bounds: DeviceBounds, hostBytes: number): Fit {
  const rows = Math.min(bounds.rows, chunkRows ?? Infinity);
  return pass.fit('device', row0, null, { rows, exact: chunkRows !== null, deviceBytes: bounds.bytes, hostBytes });
}

export interface DevicePlan {
  chunks: number;
  /** Of the largest chunk: rows, bytes on the device and in host memory. */
  rows: number;
  bytes: number;
  hostBytes: number;
}

/** The plan of a whole channel, provided that nothing fails. */
export function planDevice(planner: DevicePlanner, bounds: DeviceBounds): DevicePlan {
  const plan: DevicePlan = { chunks: 0, rows: 0, bytes: 0, hostBytes: 0 };
  for (let row0 = 0; row0 < planner.pass.height; ) {
    const { rows, deviceBytes, hostBytes } = fit(planner, row0, bounds, planner.hostBytes);
    if (rows < 1) break;
    plan.chunks += 1;
    plan.rows = Math.max(plan.rows, rows);
    plan.bytes = Math.max(plan.bytes, deviceBytes);
    plan.hostBytes = Math.max(plan.hostBytes, hostBytes);
    row0 += rows;
  }
  return plan;
}
