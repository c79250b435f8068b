import { AppError, Exit, type ExitCode } from '@zemosaic/core';
import { loadOptions } from '../args/load.ts';
import type { Context } from '../context.ts';
import { makeMosaic } from './mosaic.ts';

/** `zemosaic reproject INPUT --like REF -o OUT.fits`: one image onto another's grid. */
export async function runReproject(context: Context): Promise<ExitCode> {
  if (context.inputs.length !== 1) {
    throw new AppError(Exit.usage, 'one_input', 'reproject takes one image; use mosaic to combine several');
  }
  const { options } = await loadOptions(context);
  if (options.like === null) {
    throw new AppError(Exit.usage, 'no_reference', 'name the image whose grid to use: --like REF');
  }
  return makeMosaic('reproject', context);
}
