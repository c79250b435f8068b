import type { BudgetReason } from './cap.ts';
import { PROFILE_ROWS } from './chunk-bytes.ts';
import type { DeviceChunk, DeviceEstimate } from './device-bytes.ts';
import type { Need, Needs } from './needs.ts';
import { boundRows, rowsWithin } from './rows.ts';

/** What bounds a chunk on the device. */
export interface DeviceBounds {
  /** Device bytes and output rows, at most. */
  bytes: number;
  rows: number;
}

/** What does not change while a channel is planned. */
export interface DevicePlanner {
  /** Of one channel. */
  needs: Needs;
  estimate: DeviceEstimate;
  /** Host bytes for the windows of a chunk and of the one read ahead, and what the copies go through. */
  hostBytes: number;
  /** Exactly this many rows; null for as many as fit. */
  chunkRows: number | null;
  /** Bytes of the largest buffer that the device takes; null without a limit. */
  maxBuffer: number | null;
}

export interface PlannedRows {
  rows: number;
  /** Estimated device bytes. */
  bytes: number;
}

/** The tallest chunk at `row0` within the bounds and the host's memory; `below_one_row` when not one row fits. */
export function planRows(planner: DevicePlanner, row0: number, bounds: DeviceBounds): PlannedRows | 'below_one_row' {
  const planned = wholePlan(planner, row0, bounds);
  return planned === 'below_one_row' ? planned : { rows: planned.rows, bytes: planned.bytes };
}

interface PlannedChunk extends PlannedRows {
  hostBytes: number;
}

function wholePlan(planner: DevicePlanner, row0: number, bounds: DeviceBounds): PlannedChunk | 'below_one_row' {
  const { estimate, hostBytes, chunkRows } = planner;
  const { rows: fitting } = deviceRows(planner, row0, bounds);
  if (fitting < (chunkRows === null ? 1 : mostRows(planner, row0, bounds))) return 'below_one_row';
  const onHost = (rows: number) => {
    const need = planner.needs.whole(row0, rows);
    return 2 * need.windowBytes + estimate.staging(chunkOf(planner, row0, rows, need));
  };
  let rows = fitting;
  if (chunkRows === null) {
    // A block's windows are the least that can be read: fewer rows would need about the same.
    rows = Math.min(rows, Math.max(rowsWithin(hostBytes, rows, onHost), PROFILE_ROWS - (row0 % PROFILE_ROWS)));
  }
  const chunk = chunkOf(planner, row0, rows, planner.needs.whole(row0, rows));
  return { rows, bytes: estimate.bytes(chunk), hostBytes: onHost(rows) };
}

/** Why a chunk at `row0` is smaller than its bounds would have it. */
export function planReasons(planner: DevicePlanner, row0: number, bounds: DeviceBounds): BudgetReason[] {
  const { reasons } = deviceRows(planner, row0, bounds);
  const below = planRows(planner, row0, bounds) === 'below_one_row';
  return below ? [...new Set<BudgetReason>([...reasons, 'budget_below_one_row'])] : reasons;
}

function deviceRows(planner: DevicePlanner, row0: number, bounds: DeviceBounds) {
  const { needs, estimate, chunkRows, maxBuffer } = planner;
  const most = mostRows(planner, row0, bounds);
  // Windows alone that are too much already: no need to look at rows beyond.
  const enough = ({ planes, mapPlanes }: Need) => planes + mapPlanes > bounds.bytes;
  const byBudget = rowsWithin(bounds.bytes, most, (rows) => {
    const need = needs.of(row0, rows, enough);
    return need === null ? Infinity : estimate.bytes(chunkOf(planner, row0, rows, need));
  });
  // Rows that were asked for are tried as they are, and a single row too: the device has the last word on its limits.
  const limited = maxBuffer !== null && chunkRows === null;
  const within = () =>
    rowsWithin(maxBuffer ?? 0, byBudget, (rows) =>
      estimate.largest(chunkOf(planner, row0, rows, needs.whole(row0, rows))),
    );
  return boundRows({ byBudget, rowsHint: most, byLimits: limited ? Math.max(1, within()) : null });
}

function chunkOf({ needs }: DevicePlanner, row0: number, rows: number, need: Need): DeviceChunk {
  return { row0, row1: row0 + rows, width: needs.shape.width, channels: 1, need };
}

function mostRows({ needs, chunkRows }: DevicePlanner, row0: number, { rows }: DeviceBounds): number {
  return Math.min(rows, chunkRows ?? Infinity, needs.shape.height - row0);
}

export interface DevicePlan {
  chunks: number;
  /** Of the largest chunk: rows, bytes on the device and in host memory. */
  rows: number;
  bytes: number;
  hostBytes: number;
}

/** The whole channel as it would go without any trouble. */
export function planDevice(planner: DevicePlanner, bounds: DeviceBounds): DevicePlan {
  const plan: DevicePlan = { chunks: 0, rows: 0, bytes: 0, hostBytes: 0 };
  for (let row0 = 0; row0 < planner.needs.shape.height; ) {
    const planned = wholePlan(planner, row0, bounds);
    if (planned === 'below_one_row') break;
    plan.chunks += 1;
    plan.rows = Math.max(plan.rows, planned.rows);
    plan.bytes = Math.max(plan.bytes, planned.bytes);
    plan.hostBytes = Math.max(plan.hostBytes, planned.hostBytes);
    row0 += planned.rows;
  }
  return plan;
}
