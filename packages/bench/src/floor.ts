import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PIECE = 4_194_304;

/**
 * Seconds that one thread takes to read the files once and to write a file as large as the output, and to do nothing else.
 * No mosaic by one thread can be faster. A disk of `mbPerSecond` gives the files no faster than that.
 */
export function floorSeconds(
  inputs: readonly string[],
  outputBytes: number,
  dir: string,
  mbPerSecond: number | undefined,
): number {
  const piece = new Uint8Array(PIECE);
  const path = join(dir, `floor-${process.pid}`);
  const files = [...new Set(inputs)];
  const start = performance.now();
  for (const input of files) {
    const file = openSync(input, 'r');
    try {
      while (readSync(file, piece, 0, PIECE, null) > 0);
    } finally {
      closeSync(file);
    }
  }
  try {
    const file = openSync(path, 'w');
    try {
      for (let left = outputBytes; left > 0; left -= PIECE) writeSync(file, piece, 0, Math.min(PIECE, left));
    } finally {
      closeSync(file);
    }
    const seconds = (performance.now() - start) / 1000;
    if (mbPerSecond === undefined) return seconds;
    const bytes = files.reduce((sum, input) => sum + statSync(input).size, 0);
    return Math.max(seconds, bytes / (mbPerSecond * 1e6));
  } finally {
    rmSync(path, { force: true });
  }
}
