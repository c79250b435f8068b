import { MB } from '../units.ts';
import type { Note } from './attempt.ts';

type Retried = Extract<Note, { kind: 'retry' }>;
type Growth = Extract<Note, { kind: 'growth' }>;
type FellBack = Extract<Note, { kind: 'fallback' }>;

/** WARN; the values are those of the next attempt. */
export function retryLine(note: Retried): string {
  return `[GPU Reproject] OOM retry ${note.retry}/${note.limit}: ${sizes(note)}`;
}

/** INFO; shows only what grew. */
export function growthLine({ grown, maxBytes, rows }: Growth): string {
  const sizes = [...(grown.bytes ? [megabytes(maxBytes)] : []), ...(grown.rows ? [`rows=${rows}`] : [])];
  return `[GPU Reproject] chunk grows: ${sizes.join(' ')}`;
}

/** WARN. */
export function fallbackLine(note: FellBack, channel: number, channels: number): string {
  const where = note.scope === 'run' ? 'the rest of the run' : 'the rest of this channel';
  return `[GPU Reproject] fallback CPU for ${where}: channel=${channel + 1}/${channels} row0=${note.row0} reason=${note.reason}: ${note.message}`;
}

function sizes(note: Retried): string {
  const free = note.freeBytes === null ? 'n/a' : (note.freeBytes / MB).toFixed(1);
  return `${megabytes(note.maxBytes)} rows=${note.rows} free_vram_mb=${free}`;
}

function megabytes(bytes: number): string {
  return `max_chunk_mb=${(bytes / MB).toFixed(1)}`;
}
