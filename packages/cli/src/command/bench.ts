import { AppError, Exit, type ExitCode } from '@zemosaic/core';

/** `zemosaic bench` has its name and nothing behind it yet. */
export async function runBench(): Promise<ExitCode> {
  throw new AppError(Exit.usage, 'not_in_this_version', 'bench: not in this version');
}
