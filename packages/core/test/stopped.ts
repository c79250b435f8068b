import { expect } from 'bun:test';
import { join } from 'node:path';
import type { MosaicOptions } from '../src/config/options.ts';
import { type Trial, trial } from './trial.ts';

/** A run of ten chunks that is stopped after the fourth. */
export async function stopped(exit: 130 | 143 = 130, more: Partial<MosaicOptions> = {}): Promise<Trial> {
  const made = trial('a.fits');
  made.fake.script.onChunk = (_, count) => {
    if (count === 4) made.stop = exit;
    return { damaged: count === 2 ? [{ tile: 0, problem: { code: 'io', reason: 'rows 3 to 5 cannot be read' } }] : [] };
  };
  await made.run({ chunkRows: 100, report: true, ...more }).catch((error) => {
    expect(error).toMatchObject({ exit, code: 'stopped', message: expect.stringContaining('400 of 1000 rows') });
  });
  made.stop = null;
  made.fake.script.onChunk = () => ({});
  made.fake.asked.chunks = [];
  made.events.length = 0;
  return made;
}

export const rowsAsked = (made: Trial) => made.fake.asked.chunks.map(({ row0, rows }) => [row0, rows]);
export const journal = (made: Trial) => join(made.dir, 'm.fits.zemosaic-journal');

/** The options that it is resumed with. */
export const same = { chunkRows: 100, report: true };
