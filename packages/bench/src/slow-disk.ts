import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, Exit, type ExitCode, removedAfter } from '@zemosaic/core';
import { startAgain } from './restart.ts';
import type { Scenario } from './scenario.ts';

const SOURCE = join(import.meta.dir, '../disk/slow.c');
/** Names the file that holds the rate; set in a process that the library was loaded into. */
const RATE = 'SLOW_DISK';

type Environment = Record<string, string | undefined>;

/** Whether scenarios need a disk that this process does not have. */
export function needsSlowDisk(scenarios: readonly Scenario[], environment: Environment): boolean {
  return environment[RATE] === undefined && scenarios.some(({ disk_mb_per_s }) => disk_mb_per_s !== undefined);
}

/** Why reading cannot be slowed down here; null where it can. */
export function noSlowDisk(): string | null {
  if (process.platform !== 'linux') return 'reading is slowed down only on Linux';
  return Bun.which('cc') === null ? 'there is no C compiler (cc) to build the slow disk with' : null;
}

/** Starts a command again in a process whose reading can be slowed down, and passes on how it ended. */
export async function onSlowDisk(argv: string[], environment: Environment): Promise<ExitCode> {
  const dir = mkdtempSync(join(tmpdir(), 'zemosaic-slow-disk-'));
  return removedAfter(dir, async () => {
    const [library, rate] = [join(dir, 'slow.so'), join(dir, 'rate')];
    const built = Bun.spawnSync(['cc', '-O1', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl', '-lpthread']);
    if (built.exitCode !== 0) {
      const reason = built.stderr.toString().trim().split('\n')[0] ?? '';
      throw new AppError(Exit.unexpected, 'slow_disk', `${SOURCE} could not be built: ${reason}`);
    }
    writeFileSync(rate, '0');
    return startAgain(argv, { ...environment, LD_PRELOAD: library, [RATE]: rate });
  });
}

/** Sets how fast this process may read from now on. */
export function setDisk(mbPerSecond: number | undefined, environment: Environment): void {
  const path = environment[RATE];
  if (path !== undefined) writeFileSync(path, String(mbPerSecond ?? 0));
}
