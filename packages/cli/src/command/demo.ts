import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, asAppError, Exit, type ExitCode } from '@zemosaic/core';
import type { Context } from '../context.ts';
import { makeMosaic } from './mosaic.ts';

const FOLDER = 'zemosaic-demo';

/** `zemosaic demo`: simulates a sky, then makes its mosaic and preview through the same code as `mosaic`. */
export async function runDemo(context: Context): Promise<ExitCode> {
  const dir = context.output ?? FOLDER;
  const tiles = join(dir, 'tiles');
  let inputs: string[];
  if (!context.force) refuseToReplace(dir);
  try {
    mkdirSync(tiles, { recursive: true });
    clear(tiles);
    inputs = await context.engine.simulate(tiles, 'demo', context.seed);
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  context.emit({ event: 'info', code: 'simulated', message: `${inputs.length} simulated tiles in ${tiles}` });
  const flags = new Map<string, string | boolean>([
    ['preview', true],
    ['report', true],
    ['force', context.force],
  ]);
  return makeMosaic('demo', { ...context, inputs, flags, output: join(dir, 'mosaic.fits') });
}

/** @throws AppError exit 5 before anything is simulated. */
function refuseToReplace(dir: string): void {
  const names = ['mosaic.fits', 'mosaic.png', 'mosaic.report.json', 'mosaic.report.html', 'tiles'];
  const there = names.map((name) => join(dir, name)).find((path) => existsSync(path) && !isEmptyFolder(path));
  if (there === undefined) return;
  const way = 'exists; use --force to replace it, or another folder with -o';
  throw new AppError(Exit.disk, 'exists', `${there}: ${way}`);
}

/**
 * Takes away tiles of an earlier demo, so that nothing is written through a link at one of their names.
 * @throws AppError exit 5 where the folder is a link itself.
 */
function clear(tiles: string): void {
  if (lstatSync(tiles).isSymbolicLink()) {
    throw new AppError(Exit.disk, 'not_a_folder', `${tiles}: is a link; move it away, or use another folder with -o`);
  }
  for (const name of readdirSync(tiles)) {
    if (/^demo-\d+\.fits$/.test(name)) rmSync(join(tiles, name));
  }
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}
