import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { AppError, asAppError, type Engine, Exit, LONGEST, lineOf, readSmallText, removedAfter } from '@zemosaic/core';
import { type Scenario, skyOf, tileCount } from './scenario.ts';

/**
 * To be raised when the generator makes other pixels from the same numbers, so that tiles kept from before are not
 * used.
 */
const GENERATOR = 1;

const MANIFEST = 'tiles.json';

/** Equal for scenarios whose tiles are the same. */
export function hashOf(scenario: Scenario): string {
  const { seed, layout } = scenario;
  return new Bun.CryptoHasher('sha256')
    .update(JSON.stringify([GENERATOR, seed, skyOf({ ...scenario, layout }), layout]))
    .digest('hex')
    .slice(0, 12);
}

export interface Tiles {
  paths: string[];
  hash: string;
  /** Made now rather than found in the cache. */
  made: boolean;
}

/**
 * The tiles of a scenario, from `cache` or made there now. A folder appears only when it is complete.
 * @throws AppError exit 5 when they cannot be written, or an incomplete folder holds what no bench made; 2 when the
 * scenario's numbers make no tiles.
 */
export async function tilesOf(engine: Engine, scenario: Scenario, cache: string): Promise<Tiles> {
  const hash = hashOf(scenario);
  const dir = join(cache, `${scenario.name}-${hash}`);
  const kept = readKept(dir);
  if (kept !== null) return { paths: kept, hash, made: false };
  try {
    refuseOthers(dir, tileCount(scenario));
    mkdirSync(cache, { recursive: true });
    const unfinished = mkdtempSync(`${dir}.`);
    // As open as any other folder: tiles may be shared.
    chmodSync(unfinished, 0o777 & ~process.umask());
    return await removedAfter(unfinished, async () => {
      const names = (await engine.simulate(unfinished, skyOf(scenario), scenario.seed)).map((path) => basename(path));
      const files = names.map((name) => ({ name, bytes: statSync(join(unfinished, name)).size }));
      writeFileSync(join(unfinished, MANIFEST), `${JSON.stringify(files)}\n`);
      removeIncomplete(dir, names.length);
      renameSync(unfinished, dir);
      return { paths: names.map((name) => join(dir, name)), hash, made: true };
    });
  } catch (error) {
    throw asAppError(error, (error as { code?: string }).code === 'usage' ? Exit.usage : Exit.disk);
  }
}

/** Paths of a complete folder; null when the folder or a file is missing, is no file, or has the wrong length. */
function readKept(dir: string): string[] | null {
  try {
    const files = JSON.parse(readManifest(join(dir, MANIFEST))) as { name: string; bytes: number }[];
    const paths = files.map(({ name }) => join(dir, basename(name)));
    const whole = files.every(({ bytes }, at) => {
      const found = statSync(paths[at] ?? '');
      return found.isFile() && found.size === bytes;
    });
    return whole && paths.length > 0 ? paths : null;
  } catch {
    return null;
  }
}

/** Only a regular file is read: nobody waits for a pipe. */
function readManifest(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(fd).isFile()) throw new Error('it is no regular file');
    return readSmallText(fd, LONGEST.list);
  } finally {
    closeSync(fd);
  }
}

/** Whether a bench of so many tiles gives a file this name. */
function isOurs(name: string, count: number): boolean {
  const number = /^tile-(\d{4,})\.fits$/.exec(name)?.[1];
  return name === MANIFEST || (number !== undefined && Number(number) >= 1 && Number(number) <= count);
}

/** @throws AppError exit 5 where a folder that is not complete holds more than a bench put there. */
function refuseOthers(dir: string, count: number): void {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  if (found === undefined) return;
  const refuse = (reason: string) =>
    new AppError(
      Exit.disk,
      'exists',
      lineOf({ path: dir, reason: `${reason}; move it away, or name another --tiles` }),
    );
  if (!found.isDirectory()) throw refuse('no folder of tiles that a bench made');
  const entries = readdirSync(dir, { withFileTypes: true });
  const other = entries.find((entry) => !entry.isFile() || !isOurs(entry.name, count));
  if (other !== undefined) throw refuse(`not complete, and holds ${other.name}, which no bench made`);
}

/** What somebody puts there meanwhile stays: a folder that is not empty cannot be removed. */
function removeIncomplete(dir: string, count: number): void {
  refuseOthers(dir, count);
  if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) return;
  for (const name of readdirSync(dir)) if (isOurs(name, count)) unlinkSync(join(dir, name));
  rmdirSync(dir);
}
