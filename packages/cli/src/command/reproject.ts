import { AppError, Exit, type ExitCode } from '@zemosaic/core';
import type { Context } from '../context.ts';
import { makeMosaic } from './mosaic.ts';

/** `zemosaic reproject INPUT --like REF -o OUT.fits`: one image onto another's grid. */
export async function runReproject(context: Context): Promise<ExitCode> {
  if (context.inputs.length !== 1) {
    throw new AppError(Exit.usage, 'one_input', 'reproject takes one image; use mosaic to combine several');
  }
  if (!context.flags.has('like')) {
    throw new AppError(Exit.usage, 'no_reference', 'say whose grid to use: --like REF');
  }
  return makeMosaic('reproject', context);
}
