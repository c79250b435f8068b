import type { ChunkOutcome, StageMs } from '../device.ts';

/** What one pass over the output cost. On the CPU one pass does all channels. */
export interface ChannelReport {
  channel: number;
  channels: number;
  backend: string;
  budget_mb: number | null;
  cap_mb: number | null;
  chunks: number;
  rows_per_chunk: number;
  retries: number;
  bytes_read: number;
  bytes_written: number;
  estimated_bytes: number;
  peak_bytes: number;
  seconds: number;
  ms: StageMs;
  covered: number;
  dead_in_one_channel: number;
  map_error_px: number;
}

const STAGES = ['map', 'read', 'upload', 'kernel', 'download', 'write', 'wait'] as const;

export function noTime(): StageMs {
  return { map: 0, read: 0, upload: 0, kernel: 0, download: 0, write: 0, wait: 0 };
}

/** Adds a finished chunk to the report. */
export function addChunk(report: ChannelReport, outcome: ChunkOutcome): void {
  for (const stage of STAGES) report.ms[stage] += outcome.ms[stage];
  report.bytes_read += outcome.bytesRead;
  report.bytes_written += outcome.bytesWritten;
  report.peak_bytes = Math.max(report.peak_bytes, outcome.peakBytes);
  report.covered += outcome.covered;
  report.dead_in_one_channel += outcome.deadInOneChannel;
  report.map_error_px = Math.max(report.map_error_px, outcome.mapErrorPx);
}
