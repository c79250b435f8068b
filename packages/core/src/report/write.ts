import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../device.ts';
import { AppError, asProblem, Exit, lineOf } from '../error.ts';
import type { Prepared } from '../plan/prepare.ts';
import { printableJson } from '../printable.ts';
import { type Pictures, reportPage } from './page.ts';
import type { RunReport } from './schema.ts';

/** Longest side of the pictures in the page, px. */
const SIDE = 1024;

/**
 * Writes the report, as JSON for programs and as a page for people.
 * @throws AppError exit 5; the mosaic is complete by then.
 */
export async function writeReport(report: RunReport, engine: Engine, made: Prepared): Promise<void> {
  const { outputs } = made;
  if (outputs === null || outputs.report === null || outputs.page === null) return;
  await write(outputs.report, `${printableJson(JSON.stringify(report, null, 2))}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'zemosaic-report-'));
  try {
    const png = async (name: string, draw: (path: string) => Promise<void>) => {
      const path = join(folder, name);
      await draw(path);
      return readFileSync(path);
    };
    const [coverage, hdu] = outputs.weight === null ? [outputs.mosaic, 2] : [outputs.weight, 0];
    const pictures: Pictures = {
      mosaic: await png('mosaic.png', (path) => engine.writePreview(outputs.mosaic, path, SIDE)),
      coverage: await png('coverage.png', (path) => engine.writeCoverage(coverage, hdu, path, SIDE)),
      outlines: made.outlines(),
    };
    await write(outputs.page, reportPage(report, pictures));
  } catch (error) {
    throw afterTheMosaic(error, outputs.page);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw afterTheMosaic(error, path);
  }
}

/** A failure after the mosaic is in its place leaves the mosaic there, and the message says so. */
export function afterTheMosaic(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const problem = asProblem(error);
  const why = problem.path === path ? problem.reason : lineOf(problem);
  return new AppError(Exit.disk, problem.code, `the mosaic is complete, but ${path} could not be written: ${why}`);
}
