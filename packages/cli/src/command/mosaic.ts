import { AppError, Exit, type ExitCode, mosaic } from '@zemosaic/core';
import { loadOptions } from '../args/load.ts';
import type { Context } from '../context.ts';
import { remark } from './remark.ts';

/** `zemosaic mosaic INPUT... -o OUT.fits` */
export async function runMosaic(context: Context): Promise<ExitCode> {
  return makeMosaic('mosaic', context);
}

/** The run that `mosaic`, `reproject` and `demo` share. */
export async function makeMosaic(command: string, context: Context): Promise<ExitCode> {
  const { output } = context;
  if (output === null || output === '') {
    throw new AppError(Exit.usage, 'no_output', 'name the output file: -o OUT.fits');
  }
  const parsed = await loadOptions(context);
  remark(parsed, context.emit);
  const { exit } = await mosaic(
    { command, inputs: context.inputs, out: output, options: parsed.options, config: context.config },
    { ...context, effective: parsed.effective, origins: parsed.origins },
  );
  return exit;
}
