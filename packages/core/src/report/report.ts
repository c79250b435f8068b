import type { ChunkOutcome, StageMs } from '../device.ts';

/** What one pass over the output cost. On the CPU one pass makes all channels. */
export interface ChannelReport {
  /** First channel, from 1; how many were made together; how many the run has. */
  channel: number;
  channels: number;
  of: number;
  backend: string;
  /** What the probe found; null without one. */
  free_vram_mb: number | null;
  budget_mb: number | null;
  cap_mb: number | null;
  /** Finished chunks, including those the CPU made for a device, and attempts on the device, including failed ones. */
  chunks: number;
  cpu_chunks: number;
  attempts: number;
  rows_per_chunk: number;
  rows_done: number;
  retries: number;
  /** Why the CPU made the rows from `row0` on; null when it did not. */
  fallback: { reason: string; row0: number; message: string } | null;
  bytes_up: number;
  bytes_down: number;
  bytes_read: number;
  bytes_written: number;
  estimated_bytes: number;
  peak_bytes: number;
  seconds: number;
  ms: StageMs;
  covered: number;
  dead_in_one_channel: number;
  /** Some pixel has no value because a sum became too large. */
  overflow: boolean;
  map_error_px: number;
}

/** How the levels of the tiles were matched before the coadd. */
export interface BackgroundReport {
  model: string;
  gain: boolean;
  bytes_read: number;
  ms: number;
  /** Channel by channel. */
  channels: {
    /** Pairs of tiles that share valid pixels. */
    pairs: number;
    /** Root mean square difference between overlapping tiles, in their units, before and after. */
    rms_before: number;
    rms_after: number;
    /** What could not be done, one line each. */
    notes: string[];
    tiles: TileChange[];
  }[];
}

/**
 * Change to a tile: gain x value + offset + slope_x X + slope_y Y, with X and Y in output pixels from the centre of the
 * grid.
 */
export interface TileChange {
  path: string;
  hdu: number;
  /** The output channel (from 0) that this tile belongs to; null when its planes are the channels. */
  channel: number | null;
  /** Tiles of different groups share no pixel, so their levels cannot be compared. */
  group: number;
  gain: number;
  offset: number;
  slope_x: number;
  slope_y: number;
}

/** The outcome of a run. */
export interface Summary {
  outputs: string[];
  tiles_used: number;
  tiles_skipped: number;
  coverage_fraction: number;
  bytes: number;
  seconds: number;
  report: string | null;
  /** Number of warnings of each kind. */
  warnings: Record<string, number>;
}

const STAGES = ['map', 'read', 'upload', 'kernel', 'download', 'write', 'wait'] as const;

export function noTime(): StageMs {
  return { map: 0, read: 0, upload: 0, kernel: 0, download: 0, write: 0, wait: 0 };
}

/** A report before the first chunk; `channel` from 0. */
export function newReport(channel: number, channels: number, of: number, backend: string): ChannelReport {
  return {
    channel: channel + 1,
    channels,
    of,
    backend,
    free_vram_mb: null,
    budget_mb: null,
    cap_mb: null,
    chunks: 0,
    cpu_chunks: 0,
    attempts: 0,
    rows_per_chunk: 0,
    rows_done: 0,
    retries: 0,
    fallback: null,
    bytes_up: 0,
    bytes_down: 0,
    bytes_read: 0,
    bytes_written: 0,
    estimated_bytes: 0,
    peak_bytes: 0,
    seconds: 0,
    ms: noTime(),
    covered: 0,
    dead_in_one_channel: 0,
    overflow: false,
    map_error_px: 0,
  };
}

/** Rows of all channels that are done, counting this report's, and rows in total. */
export function rowsSoFar({ channel, channels, of, rows_done }: ChannelReport, height: number) {
  return { rows_done: (channel - 1) * height + channels * rows_done, rows_of: of * height };
}

/** Adds a finished chunk to the report. */
export function addChunk(report: ChannelReport, outcome: ChunkOutcome): void {
  for (const stage of STAGES) report.ms[stage] += outcome.ms[stage];
  report.bytes_up += outcome.bytesUp;
  report.bytes_down += outcome.bytesDown;
  report.bytes_read += outcome.bytesRead;
  report.bytes_written += outcome.bytesWritten;
  report.peak_bytes = Math.max(report.peak_bytes, outcome.peakBytes);
  report.covered += outcome.covered;
  report.dead_in_one_channel += outcome.deadInOneChannel;
  report.overflow ||= outcome.overflow;
  report.map_error_px = Math.max(report.map_error_px, outcome.mapErrorPx);
}
