import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError, Exit, type ExitCode } from '@zemosaic/core';
import { startAgain } from './restart.ts';
import type { Scenario } from './scenario.ts';

/** What the fake driver reads: its kernels and copies cost nothing. */
const NULL = 'FAKE_CUDA_NULL';

type Environment = Record<string, string | undefined>;

/** The folder of the fake driver, if `npm run fake-cuda` has built it. */
function folder(environment: Environment): string | null {
  const target = resolve(environment.CARGO_TARGET_DIR || join(import.meta.dir, '../../../target'));
  const found = join(target, 'fake-cuda');
  return process.platform === 'linux' && existsSync(join(found, 'libcuda.so.1')) ? found : null;
}

/**
 * Whether scenarios need a driver that this process does not have.
 * @throws AppError exit 2 where only some of them do, because the others would be measured on it, too.
 */
export function needsNullDriver(scenarios: readonly Scenario[], environment: Environment): boolean {
  const on = scenarios.filter(({ driver }) => driver !== undefined);
  const [other] = scenarios.filter(({ driver }) => driver === undefined);
  if (on.length > 0 && other !== undefined) {
    const message = `--scenario ${on[0]?.name} replaces the driver, also for ${other.name}: run them one after another`;
    throw new AppError(Exit.usage, 'bad_value', message);
  }
  return on.length > 0 && environment[NULL] === undefined;
}

/** Why there is no such driver here; null where there is one. */
export function noNullDriver(environment: Environment): string | null {
  if (folder(environment) !== null) return null;
  return 'the driver that does nothing is not built here (Linux, from the sources: npm run fake-cuda)';
}

/** Starts a command again in a process that has the driver, and passes on how it ended. */
export async function onNullDriver(argv: string[], environment: Environment): Promise<ExitCode> {
  const path = [folder(environment), environment.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return startAgain(argv, { ...environment, LD_LIBRARY_PATH: path, [NULL]: '1' });
}
