import type { ChunkPlan } from '../budget/chunk-plan.ts';
import type { GridFacts } from '../device.ts';
import type { PlanFacts } from '../event.ts';
import { MB } from '../units.ts';
import type { Choice } from './best-backend.ts';
import type { GpuRun } from './gpu-run.ts';

export interface PlanParts {
  grid: GridFacts;
  planes: number;
  tiles: number;
  threads: number;
  plan: ChunkPlan;
  /** Bytes a chunk may use; null when the user set the rows. */
  budget: number | null;
  gpu: GpuRun | null;
  choice: Choice;
  diskFree: number | null;
}

/** The plan as it appears in events, in reports and on the terminal. */
export function planFacts(parts: PlanParts): PlanFacts {
  const { grid, planes, tiles, threads, plan, budget, gpu, choice, diskFree } = parts;
  const chunks = gpu === null ? cpuChunks(plan, budget) : gpuChunks(gpu);
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
    threads,
    channels: planes,
    tiles,
    ...chunks,
    expected_s: choice.expected,
    free_vram_mb: choice.freeVramMb,
    output_bytes: outputBytes(grid, planes),
    disk_free: diskFree,
  };
}

type ChunkFacts = Pick<PlanFacts, 'backend' | 'cap_mb' | 'chunks' | 'rows_per_chunk' | 'chunk_bytes'>;

function cpuChunks(plan: ChunkPlan, budget: number | null): ChunkFacts {
  return {
    backend: 'cpu',
    cap_mb: budget === null ? null : budget / MB,
    chunks: plan.chunks.length,
    rows_per_chunk: plan.rows,
    chunk_bytes: plan.bytes,
  };
}

/** The chunks of one channel, as planned before the first one. */
function gpuChunks({ backend, snapshot, plan }: GpuRun): ChunkFacts {
  return {
    backend,
    cap_mb: snapshot.capBytes / MB,
    chunks: plan.chunks,
    rows_per_chunk: plan.rows,
    chunk_bytes: plan.bytes,
  };
}

/** Values, coverage and alpha; headers are not counted. */
function outputBytes(grid: GridFacts, planes: number): number {
  return grid.width * grid.height * (4 * planes + 4 + 1);
}
