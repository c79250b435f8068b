import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asAppError, Exit, type ExitCode } from '@zemosaic/core';
import type { Context } from '../context.ts';
import { makeMosaic } from './mosaic.ts';

const FOLDER = 'zemosaic-demo';

/** `zemosaic demo`: simulates a sky, then makes its mosaic and preview through the same code as `mosaic`. */
export async function runDemo(context: Context): Promise<ExitCode> {
  const dir = context.output ?? FOLDER;
  const tiles = join(dir, 'tiles');
  let inputs: string[];
  try {
    mkdirSync(tiles, { recursive: true });
    inputs = await context.engine.simulate(tiles, 'demo', context.seed);
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  context.emit({ event: 'info', code: 'simulated', message: `${inputs.length} simulated tiles in ${tiles}` });
  const flags = new Map<string, string | boolean>([
    ['preview', true],
    ['report', true],
    ['force', true],
  ]);
  return makeMosaic('demo', { ...context, inputs, flags, output: join(dir, 'mosaic.fits') });
}
