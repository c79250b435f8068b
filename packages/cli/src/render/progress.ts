import type { RunEvent } from '@zemosaic/core';
import { seconds } from './words.ts';

type ChunkDone = Extract<RunEvent, { event: 'chunk.done' }>;

const BAR = 28;

/** The bar of a terminal. `clear` must come before any other line, `show` after it. */
export class ProgressBar {
  private shown = false;

  constructor(
    private readonly write: (text: string) => void,
    private readonly elapsed: () => number,
    private readonly accent: (text: string) => string,
    private readonly dim: (text: string) => string,
  ) {}

  show(done: ChunkDone): void {
    const share = done.chunk / done.chunks;
    const full = Math.floor(share * BAR);
    const bar = this.accent('━'.repeat(full)) + this.dim('━'.repeat(BAR - full));
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    this.write(`\r\x1b[K  ${bar} ${percent}   chunk ${done.chunk}/${done.chunks}   ${seconds(this.elapsed())}`);
    this.shown = true;
  }

  clear(): void {
    if (this.shown) this.write('\r\x1b[K');
    this.shown = false;
  }
}

/** Whether a log that is no terminal says this chunk: ten lines at most. */
export function tellsPlainly(done: Pick<ChunkDone, 'chunk' | 'chunks'>): boolean {
  const tenth = (chunk: number) => Math.floor((chunk * 10) / done.chunks);
  return tenth(done.chunk) > tenth(done.chunk - 1);
}
