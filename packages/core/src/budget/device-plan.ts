import { type ChunkShape, PROFILE_ROWS, windowBytes } from './chunk-bytes.ts';
import { deviceBytes, deviceChunk } from './device-bytes.ts';
import { rowsWithin } from './rows.ts';

/** What bounds a chunk on the device. */
export interface DeviceBounds {
  /** Device bytes and output rows, at most. */
  bytes: number;
  rows: number;
}

/** What does not change while a channel is planned. */
export interface DevicePlanner {
  /** Of one channel. */
  shape: ChunkShape;
  /** Host bytes for the windows of a chunk and of the one read ahead. */
  hostBytes: number;
  /** Exactly this many rows; null for as many as fit. */
  chunkRows: number | null;
}

export interface PlannedRows {
  rows: number;
  /** Estimated device bytes. */
  bytes: number;
}

/** The tallest chunk at `row0` within the bounds and the host's memory; `below_one_row` when not one row fits. */
export function planRows(planner: DevicePlanner, row0: number, bounds: DeviceBounds): PlannedRows | 'below_one_row' {
  const { shape, hostBytes, chunkRows } = planner;
  const most = Math.min(bounds.rows, chunkRows ?? Infinity, shape.height - row0);
  const bytesOf = (rows: number) => deviceBytes(deviceChunk(shape, row0, rows));
  let rows = rowsWithin(bounds.bytes, most, bytesOf);
  if (chunkRows !== null && rows < most) return 'below_one_row';
  const onHost = rowsWithin(hostBytes, rows, (count) => 2 * windowBytes(shape, row0, count));
  // A block's windows are the least that can be read: fewer rows would need the same.
  if (chunkRows === null) rows = Math.min(rows, Math.max(onHost, PROFILE_ROWS - (row0 % PROFILE_ROWS)));
  return rows >= 1 ? { rows, bytes: bytesOf(rows) } : 'below_one_row';
}

export interface DevicePlan {
  chunks: number;
  /** Rows and bytes of the largest chunk. */
  rows: number;
  bytes: number;
}

/** The whole channel as it would go without any trouble. */
export function planDevice(planner: DevicePlanner, bounds: DeviceBounds): DevicePlan {
  const plan: DevicePlan = { chunks: 0, rows: 0, bytes: 0 };
  for (let row0 = 0; row0 < planner.shape.height; ) {
    const planned = planRows(planner, row0, bounds);
    if (planned === 'below_one_row') break;
    plan.chunks += 1;
    plan.rows = Math.max(plan.rows, planned.rows);
    plan.bytes = Math.max(plan.bytes, planned.bytes);
    row0 += planned.rows;
  }
  return plan;
}
