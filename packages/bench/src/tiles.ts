import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asAppError, type Engine, Exit, removedAfter } from '@zemosaic/core';
import { type Scenario, skyOf } from './scenario.ts';

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
 * @throws AppError exit 5 when they cannot be written, 2 when the scenario's numbers make no tiles.
 */
export async function tilesOf(engine: Engine, scenario: Scenario, cache: string): Promise<Tiles> {
  const hash = hashOf(scenario);
  const dir = join(cache, `${scenario.name}-${hash}`);
  const kept = readKept(dir);
  if (kept !== null) return { paths: kept, hash, made: false };
  const unfinished = `${dir}.${process.pid}`;
  const make = async () => {
    mkdirSync(unfinished, { recursive: true });
    const names = (await engine.simulate(unfinished, skyOf(scenario), scenario.seed)).map((path) => basename(path));
    const files = names.map((name) => ({ name, bytes: statSync(join(unfinished, name)).size }));
    writeFileSync(join(unfinished, MANIFEST), `${JSON.stringify(files)}\n`);
    rmSync(dir, { recursive: true, force: true });
    renameSync(unfinished, dir);
    return { paths: names.map((name) => join(dir, name)), hash, made: true };
  };
  try {
    return await removedAfter(unfinished, make);
  } catch (error) {
    throw asAppError(error, (error as { code?: string }).code === 'usage' ? Exit.usage : Exit.disk);
  }
}

/** Paths of a complete folder; null when the folder or a file is missing, or a file has the wrong length. */
function readKept(dir: string): string[] | null {
  try {
    const files = JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')) as { name: string; bytes: number }[];
    const paths = files.map(({ name }) => join(dir, basename(name)));
    const whole = files.every(
      ({ bytes }, at) => existsSync(paths[at] ?? '') && statSync(paths[at] ?? '').size === bytes,
    );
    return whole && paths.length > 0 ? paths : null;
  } catch {
    return null;
  }
}
