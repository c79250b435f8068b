import type { RunEvent } from '@zemosaic/core';
import { seconds } from './words.ts';

type ChunkDone = Extract<RunEvent, { event: 'chunk.done' }>;

const BAR = 28;
/** Progress lines of a whole run without a terminal: one for every 5 %. */
const LINES = 20;

/** How far a run is and how long it will still take, estimated from the finished rows. */
export class Progress {
  private first: { rows: number; at: number } | null = null;
  private lines = 0;

  constructor(private readonly elapsed: () => number) {}

  /** Adds a finished chunk. Returns the progress, and whether to write it as a line where there is no terminal. */
  add(done: ChunkDone): { share: number; text: string; tells: boolean } {
    const now = this.elapsed();
    this.first ??= { rows: done.rows_done, at: now };
    const share = done.rows_done / done.rows_of;
    const line = Math.floor(share * LINES + 1e-9);
    const tells = line > this.lines;
    this.lines = Math.max(this.lines, line);
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    const text = `${percent}  chunk ${done.chunk}/${done.chunks}  ${seconds(now)}${this.left(done, now)}`;
    return { share, text, tells };
  }

  /** Measured from the end of the first chunk, because it is not known when that chunk began. */
  private left(done: ChunkDone, now: number): string {
    const made = done.rows_done - (this.first?.rows ?? 0);
    const open = done.rows_of - done.rows_done;
    if (made <= 0 || open <= 0) return '';
    return `, about ${seconds(((now - (this.first?.at ?? 0)) * open) / made)} left`;
  }
}

/** The progress bar of a terminal. Call `clear` before writing any other line. */
export class ProgressBar {
  private shown = false;

  constructor(
    private readonly write: (text: string) => void,
    private readonly accent: (text: string) => string,
    private readonly dim: (text: string) => string,
  ) {}

  show({ share, text }: { share: number; text: string }): void {
    const full = Math.floor(share * BAR);
    const bar = this.accent('━'.repeat(full)) + this.dim('━'.repeat(BAR - full));
    this.write(`\r\x1b[K  ${bar} ${text}`);
    this.shown = true;
  }

  clear(): void {
    if (this.shown) this.write('\r\x1b[K');
    this.shown = false;
  }
}
