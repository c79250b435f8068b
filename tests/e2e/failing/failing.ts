import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Ran, sha256, zemosaic } from '../program.ts';

/** What is to fail: writes and all else that reaches the disk, or blocks of memory of so many bytes. */
export type Kind = { write: true } | { memory: number };

/** The library that makes the n-th call fail, built into a folder; null where there is no compiler for it. */
export function library(dir: string): string | null {
  if (process.platform !== 'linux') return null;
  const out = join(dir, 'fail.so');
  const words = ['cc', '-O1', '-shared', '-fPIC', '-o', out, resolve(import.meta.dir, 'fail.c'), '-ldl'];
  return Bun.which('cc') !== null && Bun.spawnSync(words).exitCode === 0 ? out : null;
}

/** A mosaic of which something fails once. */
export interface Work {
  dir: string;
  name: string;
  /** Words after `mosaic`, without -o. */
  argv: string[];
  environment: Record<string, string>;
  library: string;
  kind: Kind;
}

export interface Failed {
  /** How many calls there were to fail. */
  calls: number;
  /** Runs by how they ended. */
  exits: Record<number, number>;
  /** Failed runs that a later one went on from. */
  resumed: number;
}

/**
 * Lets the first call fail, the second and so on, until a run has no more. Each run ends with the bytes of `whole`,
 * or with one line, a code of `allowed` and no output; the next run then makes those bytes.
 */
export async function everyCall(work: Work, whole: string, allowed: number[]): Promise<Failed> {
  const out = join(work.dir, `${work.name}.fits`);
  const words = ['mosaic', ...work.argv, '-o', out, '--reproducible'];
  const failed: Failed = { calls: 0, exits: {}, resumed: 0 };
  for (let nth = 1; ; nth += 1) {
    const [ran, happened] = await failingAt(work, words, nth);
    failed.exits[ran.exit] = (failed.exits[ran.exit] ?? 0) + 1;
    const say = `call ${nth}: exit ${ran.exit}: ${ran.err}`;
    if (ran.exit !== 0) {
      if (!allowed.includes(ran.exit)) throw new Error(say);
      if (existsSync(out)) throw new Error(`an output in spite of failure, ${say}`);
      const lines = ran.err.split('\n').filter((line) => line.startsWith('error'));
      if (lines.length !== 1 || /internal|report it/.test(lines[0] ?? '')) throw new Error(say);
      const again = await zemosaic(words, work.environment);
      if (again.exit !== 0) throw new Error(`the next run after ${say}\n${again.err}`);
      if (again.err.includes('stopped: ')) failed.resumed += 1;
    }
    if ((await sha256(out)) !== whole) throw new Error(`other bytes, ${say}`);
    const left = readdirSync(work.dir).filter((name) => name !== basename(out) && name.includes(`${work.name}.fits`));
    if (left.length > 0) throw new Error(`${left.join(' ')} left, ${say}`);
    rmSync(out);
    if (!happened) return failed;
    failed.calls += 1;
  }
}

async function failingAt(work: Work, words: string[], nth: number): Promise<[Ran, boolean]> {
  const mark = join(work.dir, `${work.name}.mark`);
  rmSync(mark, { force: true });
  const ran = await zemosaic(words, {
    ...work.environment,
    LD_PRELOAD: work.library,
    FAIL_KIND: 'write' in work.kind ? 'write' : 'memory',
    FAIL_BYTES: String('memory' in work.kind ? work.kind.memory : 0),
    FAIL_NTH: String(nth),
    FAIL_MARK: mark,
  });
  const happened = existsSync(mark);
  rmSync(mark, { force: true });
  return [ran, happened];
}
