import type { RefreshFields } from './budget/refresh-line.ts';
import type { BackendName, StageMs } from './device.ts';
import type { BackgroundReport, ChannelReport, Summary } from './report/report.ts';
import type { Skipped } from './tiles/skipped.ts';

/** Where the value of an option came from. */
export type Origin = 'flag' | 'environment' | 'config' | 'default';

export interface PlanFacts {
  grid: {
    width: number;
    height: number;
    planes: number;
    projection: string;
    frame: string;
    scale_arcsec: number;
    center: number[];
    rotation_deg: number;
  };
  backend: string;
  /** Under `auto`, where there is a GPU: the seconds that each backend was expected to take. */
  expected_s: Partial<Record<BackendName, number>> | null;
  /** MB free on a CUDA device where the CPU was chosen instead of it; null also where they are not known. */
  free_vram_mb: number | null;
  threads: number;
  /** Most MB that a chunk may use; null when the user set the rows per chunk. */
  cap_mb: number | null;
  channels: number;
  tiles: number;
  chunks: number;
  rows_per_chunk: number;
  /** Estimated bytes of the largest chunk. */
  chunk_bytes: number;
  output_bytes: number;
  disk_free: number | null;
}

/** Everything a run reports, before the renderer adds `schema` and `t`. */
export type RunEvent =
  | {
      event: 'run.started';
      version: string;
      command: string;
      options: Record<string, unknown>;
      origins: Record<string, Origin>;
    }
  | ({ event: 'tile.skipped' } & Skipped)
  | ({ event: 'plan' } & PlanFacts)
  | {
      event: 'chunk.done';
      channel: number;
      chunk: number;
      chunks: number;
      rows: number;
      /** Finished rows and total rows, over all channels. */
      rows_done: number;
      rows_of: number;
      ms: StageMs;
      peak_bytes: number;
    }
  | ({ event: 'channel.refresh' } & RefreshFields)
  | {
      event: 'oom.retry';
      channel: number;
      retry: number;
      limit: number;
      /** Of the next attempt. */
      max_chunk_mb: number;
      rows: number;
      free_vram_mb: number | null;
    }
  | ({ event: 'background.done' } & BackgroundReport)
  | { event: 'backend.fallback'; from: string; to: string; reason: string; channel?: number; row0?: number }
  | ({ event: 'channel.done' } & ChannelReport)
  | { event: 'info' | 'debug'; code: string; message: string }
  /** If the warning is about a file: its path, and as `reason` the message without the path. */
  | { event: 'warning'; code: string; message: string; path?: string; reason?: string }
  | ({ event: 'run.done' } & Summary)
  | { event: 'run.failed'; code: string; message: string };

export type Emit = (event: RunEvent) => void;
