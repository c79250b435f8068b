import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readFits } from '../fits.ts';
import { type Ran, sha256, zemosaic } from '../program.ts';

/**
 * What is to fail: writes and everything else that reaches the disk, memory blocks of at least this many bytes, or a Vulkan
 * function, with `on` also all its later calls, for lack of memory or because the device is `lost`.
 */
export type Kind = { write: true } | { memory: number } | { vulkan: string; on?: boolean; lost?: boolean };

/** The library that makes the n-th call fail, built into a folder; null without a compiler. */
export function library(dir: string): string | null {
  return built(dir, 'fail.c', '-ldl');
}

/** The folder of a Vulkan layer that makes the n-th call fail; null without a compiler. */
export function layer(dir: string): string | null {
  const library_path = built(dir, 'device.c');
  if (library_path === null) return null;
  const about = { type: 'GLOBAL', api_version: '1.3.0', implementation_version: '1', description: 'fails once' };
  const manifest = { file_format_version: '1.2.0', layer: { name: LAYER, library_path, ...about } };
  const folder = join(dir, 'layer');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'layer.json'), JSON.stringify(manifest));
  return folder;
}

const LAYER = 'VK_LAYER_failing_calls';

function built(dir: string, source: string, ...libraries: string[]): string | null {
  if (process.platform !== 'linux') return null;
  const out = join(dir, source.replace('.c', '.so'));
  const words = ['cc', '-O1', '-shared', '-fPIC', '-o', out, resolve(import.meta.dir, source), ...libraries];
  return Bun.which('cc') !== null && Bun.spawnSync(words).exitCode === 0 ? out : null;
}

/** A mosaic in which something fails once. */
export interface Work {
  dir: string;
  name: string;
  /** Words after `mosaic`, without -o. */
  argv: string[];
  environment: Record<string, string>;
  /** What makes it fail: the library, or the folder of the layer. */
  library: string;
  kind: Kind;
}

export interface Failed {
  /** How many calls could fail. */
  calls: number;
  /** Runs by how they ended. */
  exits: Record<number, number>;
  /** Failed runs that a later run resumed. */
  resumed: number;
  /** Runs that retried by themselves. */
  retried: number;
}

/** Whether an output is what it should be, given how its run went. */
export type Right = (out: string, ran: Ran) => Promise<boolean>;

/** The bytes of this output. */
export async function bytesOf(path: string): Promise<Right> {
  const whole = await sha256(path);
  return async (out) => (await sha256(out)) === whole;
}

/** The bytes of the device's output; if a run reports that the CPU took over, each pixel is that of the device or of the CPU. */
export async function bytesOfEither(device: string, cpu: string): Promise<Right> {
  const own = await bytesOf(device);
  const both = [device, cpu].map(readFits);
  const allowed = (hdu: number, i: number, value: number) =>
    both.some((images) => Object.is(images[hdu]?.values[i], value));
  return async (out, ran) => {
    if (!/fallback CPU|using the CPU/.test(ran.err)) return own(out, ran);
    return readFits(out).every(({ values }, hdu) => values.every((value, i) => allowed(hdu, i, value)));
  };
}

/**
 * Makes the first call fail, then the second and so on, until a run has no more calls. Each run ends with a `right` output,
 * or with one line, an `allowed` exit code and no output; the next run then makes the right output.
 */
export async function everyCall(work: Work, right: Right, allowed: number[]): Promise<Failed> {
  const out = join(work.dir, `${work.name}.fits`);
  const words = ['mosaic', ...work.argv, '-o', out, '--reproducible'];
  // Removes what a failed test may have left.
  rmSync(out, { force: true });
  const failed: Failed = { calls: 0, exits: {}, resumed: 0, retried: 0 };
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
      if (again.err.includes('resuming an interrupted run')) failed.resumed += 1;
    }
    if (ran.err.includes('OOM retry')) failed.retried += 1;
    if (ran.err.includes('panicked')) throw new Error(say);
    if (!(await right(out, ran))) throw new Error(`other bytes, ${say}`);
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
  const { kind, library } = work;
  const loaded: Record<string, string> =
    'vulkan' in kind
      ? {
          ...{ VK_LAYER_PATH: library, VK_INSTANCE_LAYERS: LAYER, FAIL_CALL: kind.vulkan },
          ...(kind.on ? { FAIL_ON: '1' } : {}),
          ...(kind.lost ? { FAIL_LOST: '1' } : {}),
        }
      : { LD_PRELOAD: library, FAIL_KIND: 'write' in kind ? 'write' : 'memory' };
  const ran = await zemosaic(words, {
    ...work.environment,
    ...loaded,
    FAIL_BYTES: String('memory' in kind ? kind.memory : 0),
    FAIL_NTH: String(nth),
    FAIL_MARK: mark,
  });
  const happened = existsSync(mark);
  rmSync(mark, { force: true });
  return [ran, happened];
}
