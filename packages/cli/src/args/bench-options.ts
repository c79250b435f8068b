import { AppError, Exit, type MosaicOptions } from '@zemosaic/core';
import { decimal, integer, text } from './kind.ts';
import { type Flags, parseOptions } from './parse.ts';
import { type OptionSpec, option } from './schema.ts';

const list = text('a list with commas');
const folder = text('a path');

/** The options of `bench`. Those that sweep take lists of what the same option of `mosaic` takes. */
export const BENCH_OPTIONS: readonly OptionSpec[] = [
  option('Tiles', 'scenario', 'A,B', list, 'small', 'scenarios by name, or JSON files'),
  option('Tiles', 'tiles', 'DIR', folder, null, 'keep simulated tiles here (temporary folder)'),
  option('Pixels', 'kernel', 'L', list, 'bilinear', 'kernels'),
  option('Pixels', 'combine', 'L', list, 'mean', 'ways to combine'),
  option('Machine', 'backend', 'L', list, 'auto', 'backends'),
  option('Machine', 'threads', 'L', list, null, 'CPU threads (all)'),
  option('Machine', 'chunk-mb', 'L', list, null, 'GPU memory per chunk, auto or MB'),
  option('Machine', 'chunk-rows', 'L', list, null, 'rows per chunk; swept beside --chunk-mb, not across it'),
  option('Run', 'runs', 'N', integer({ min: 1, max: 1000 }), '3', 'runs of each combination'),
  option('Run', 'tolerance', 'X', decimal({ min: 1, max: 100 }), '1.25', 'compare: slower by more than this fails'),
  option('Run', 'peers', 'A,B', list, null, 'peers: these programs alone (all that are installed)'),
  option('Output', 'out', 'DIR', folder, null, 'where the results go (zemosaic-bench/DATE-TIME)'),
  { group: 'Output', name: 'force', kind: list, default: null, help: 'replace results in --out' },
];

export interface BenchWords {
  scenarios: string[];
  kernels: string[];
  combines: string[];
  backends: string[];
  threads: number[] | null;
  chunks: ({ mb: number | 'auto' } | { rows: number })[];
  /** Names of other programs; null for all. */
  peers: string[] | null;
  runs: number;
  tolerance: number;
  tiles: string | null;
  out: string | null;
  force: boolean;
  /** Everything that is not swept, as `mosaic` has it by default. */
  base: MosaicOptions;
}

/**
 * Reads the options of `bench`. Variables and config files are those of `mosaic` and are not read: a bench is what its
 * own line says.
 * @throws AppError exit 2.
 */
export function parseBench(flags: Flags): BenchWords {
  const given = (name: string) => {
    const value = flags.get(name);
    return typeof value === 'string' ? value : (BENCH_OPTIONS.find((spec) => spec.name === name)?.default ?? null);
  };
  const words = (name: string) => {
    const value = given(name);
    if (value === null) return [];
    const parts = value.split(',').map((part) => part.trim());
    if (parts.some((part) => part === '')) throw wrong(name, value, 'has an empty place in its list');
    return [...new Set(parts)];
  };
  // Each word is checked as `mosaic` checks it, and refused in the same words.
  const each = <K extends keyof MosaicOptions>(name: string, key: K): NonNullable<MosaicOptions[K]>[] => {
    const values = words(name).map((word) => parseOptions(new Map([[name, word]]), {}, null).options[key]);
    return [...new Set(values.flatMap((value) => (value === null ? [] : [value as NonNullable<MosaicOptions[K]>])))];
  };
  const number = (name: string) => {
    const spec = BENCH_OPTIONS.find((one) => one.name === name);
    const value = given(name) ?? '';
    try {
      return spec?.kind.parse(value) as number;
    } catch (error) {
      throw wrong(name, value, error instanceof Error ? error.message : 'is no number');
    }
  };
  const chunks = [
    ...each('chunk-mb', 'chunkMb').map((mb) => ({ mb })),
    ...each('chunk-rows', 'chunkRows').map((rows) => ({ rows })),
  ];
  const threads = each('threads', 'threads');
  return {
    scenarios: words('scenario'),
    kernels: each('kernel', 'kernel'),
    combines: each('combine', 'combine'),
    backends: each('backend', 'backend'),
    threads: threads.length === 0 ? null : threads,
    chunks: chunks.length === 0 ? [{ mb: 'auto' }] : chunks,
    peers: flags.has('peers') ? words('peers') : null,
    runs: number('runs'),
    tolerance: number('tolerance'),
    tiles: given('tiles'),
    out: given('out'),
    force: flags.get('force') === true,
    base: parseOptions(new Map(), {}, null).options,
  };
}

function wrong(name: string, value: string, reason: string): AppError {
  return new AppError(Exit.usage, 'bad_value', `--${name} ${value === '' ? '""' : value} ${reason}`);
}
