import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, asProblem, Exit, lineOf } from '@zemosaic/core';
import type { SweepSurroundings } from '../sweep.ts';
import { gridHeader } from './grid.ts';
import { measure } from './measure.ts';
import type { Peer } from './peer.ts';

/** The same conditions as for the others: no GPU, no waiting for the disk, and a background step only where the others have theirs. */
const ALIKE = ['--backend', 'cpu', '--no-sync', '--quiet'];
const UNMATCHED = ['--match-background', 'none'];

/** This program, started as a command like the others. */
export function ourselves(program: string[], version: string): Peer {
  return {
    name: 'zemosaic',
    version,
    kernel: (kernel) => kernel,
    combine: (combine) => combine,
    matching: 'offsets',
    remark: () => null,
    steps: ({ tiles, grid, out, kernel, combine, threads, matched }) => {
      const rules = ['--kernel', kernel, '--combine', combine];
      const words = ['--like', grid, '-o', out, ...rules, '--threads', String(threads), ...(matched ? [] : UNMATCHED)];
      return [{ argv: [...program, 'mosaic', ...tiles, ...words, ...ALIKE] }];
    },
  };
}

/** Writes the grid that this program would choose for these tiles, to be used by all programs. */
export async function layGrid(
  { program, work }: { program: string[]; work: string },
  tiles: string[],
  grid: string,
  around: SweepSurroundings,
): Promise<void> {
  const out = join(work, 'grid.fits');
  const argv = [...program, 'mosaic', ...tiles, '-o', out, '--force', ...ALIKE, ...UNMATCHED];
  try {
    await measure([{ argv }], work, around.environment, around.stop);
    writeFileSync(grid, gridHeader(out));
  } catch (error) {
    throw new AppError(Exit.unexpected, 'no_grid', lineOf({ path: grid, reason: asProblem(error).reason }));
  } finally {
    rmSync(out, { force: true });
  }
}
