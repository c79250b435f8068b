import type { ChunkPlan } from './budget/chunk-plan.ts';
import { MB } from './budget/host-budget.ts';
import type { GridFacts } from './device.ts';
import type { PlanFacts } from './event.ts';

export interface PlanParts {
  grid: GridFacts;
  planes: number;
  tiles: number;
  threads: number;
  plan: ChunkPlan;
  /** Bytes a chunk may use; null when the rows were asked for. */
  budget: number | null;
  diskFree: number | null;
}

/** The plan as events, reports and people get it. */
export function planFacts({ grid, planes, tiles, threads, plan, budget, diskFree }: PlanParts): PlanFacts {
  return {
    grid: {
      width: grid.width,
      height: grid.height,
      planes,
      projection: grid.projection,
      frame: grid.frame,
      scale_arcsec: grid.scaleArcsec,
      center: [...grid.center],
      rotation_deg: grid.rotationDeg,
    },
    backend: 'cpu',
    threads,
    cap_mb: budget === null ? null : budget / MB,
    channels: planes,
    tiles,
    chunks: plan.chunks.length,
    rows_per_chunk: plan.rows,
    chunk_bytes: plan.bytes,
    output_bytes: outputBytes(grid, planes),
    disk_free: diskFree,
  };
}

/** Pixels, coverage and opacity. Headers are left out. */
function outputBytes(grid: GridFacts, planes: number): number {
  return grid.width * grid.height * (4 * planes + 4 + 1);
}
