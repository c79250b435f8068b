import {
  AppError,
  decimal,
  defaultOptions,
  Exit,
  integer,
  type Kind,
  type MosaicOptions,
  type OptionName,
  option,
  type Row,
  rowsOf,
  TABLE,
  text,
  toggle,
} from '@zemosaic/core';
import { type Flags, readValue } from './parse.ts';

const list = text('a list with commas');
const folder = text('a path');

/** The options of `bench`. Those that are swept take a list of values of the same option of `mosaic`. */
const BENCH = {
  scenario: option('Tiles', 'work', list, 'small', 'A,B', 'scenarios by name, or JSON files'),
  tiles: option('Tiles', 'work', folder, null, 'DIR', 'keep simulated tiles here (temporary folder)'),
  kernel: option('Pixels', 'work', list, TABLE.kernel.default, 'L', 'kernels'),
  combine: option('Pixels', 'work', list, TABLE.combine.default, 'L', 'ways to combine'),
  out: option('Output', 'work', folder, null, 'DIR', 'folder for the results (zemosaic-bench/DATE-TIME)'),
  force: toggle('Output', 'work', 'replace results in --out'),
  backend: option('Machine', 'work', list, TABLE.backend.default, 'L', 'backends'),
  threads: option('Machine', 'work', list, null, 'L', 'CPU threads (all)'),
  'chunk-mb': option('Machine', 'work', list, null, 'L', 'GPU memory per chunk, auto or MB'),
  'chunk-rows': option('Machine', 'work', list, null, 'L', 'rows per chunk; swept beside --chunk-mb, not across it'),
  runs: option('Run', 'work', integer({ min: 1, max: 1000 }), 3, 'N', 'runs of each combination'),
  tolerance: option(
    'Run',
    'work',
    decimal({ min: 1, max: 100 }),
    1.25,
    'X',
    'compare: fail if slower by more than this factor',
  ),
  peers: option('Run', 'work', list, null, 'A,B', 'peers: only these programs (all that are installed)'),
  matched: toggle('Run', 'work', 'match backgrounds first; peers that have nothing of the kind run without'),
};
type BenchName = keyof typeof BENCH;
/** Options whose value is a list. */
type ListName = { [N in BenchName]: (typeof BENCH)[N] extends Row<string, string | null> ? N : never }[BenchName];

export const BENCH_OPTIONS = rowsOf(BENCH);

export interface BenchWords {
  scenarios: string[];
  kernels: MosaicOptions['kernel'][];
  combines: MosaicOptions['combine'][];
  backends: MosaicOptions['backend'][];
  threads: number[] | null;
  chunks: ({ mb: number | 'auto' } | { rows: number })[];
  /** Names of other programs; null for all. */
  peers: string[] | null;
  /** Backgrounds are matched. */
  matched: boolean;
  runs: number;
  tolerance: number;
  tiles: string | null;
  out: string | null;
  force: boolean;
  /** Everything that is not swept, with the defaults of `mosaic`. */
  base: MosaicOptions;
}

/**
 * Reads the options of `bench`. Variables and config files belong to `mosaic` and are not read: the command line alone
 * defines a benchmark.
 * @throws AppError exit 2.
 */
export function parseBench(flags: Flags): BenchWords {
  const given = <T, D extends T | null>(name: BenchName, row: Row<T, D>): T | D => {
    const word = flags.get(name);
    return word === undefined ? row.default : readValue(row.kind, String(word), `--${name}`);
  };
  const words = (name: ListName) => {
    const value = given<string, string | null>(name, BENCH[name]);
    if (value === null) return [];
    const parts = value.split(',').map((part) => part.trim());
    if (parts.some((part) => part === '')) throw hasGap(name, value);
    return [...new Set(parts)];
  };
  // Each word is checked as `mosaic` checks it, with the same errors.
  const each = <T>(name: ListName & OptionName, kind: Kind<T>): T[] => [
    ...new Set(words(name).map((word) => readValue(kind, word, `--${name}`))),
  ];
  const chunks = [
    ...each('chunk-mb', TABLE['chunk-mb'].kind).map((mb) => ({ mb })),
    ...each('chunk-rows', TABLE['chunk-rows'].kind).map((rows) => ({ rows })),
  ];
  const threads = each('threads', TABLE.threads.kind);
  const matched = given('matched', BENCH.matched);
  const base = defaultOptions();
  return {
    scenarios: words('scenario'),
    kernels: each('kernel', TABLE.kernel.kind),
    combines: each('combine', TABLE.combine.kind),
    backends: each('backend', TABLE.backend.kind),
    threads: threads.length === 0 ? null : threads,
    chunks: chunks.length === 0 ? [{ mb: 'auto' }] : chunks,
    peers: flags.has('peers') ? words('peers') : null,
    matched,
    runs: given('runs', BENCH.runs),
    tolerance: given('tolerance', BENCH.tolerance),
    tiles: given('tiles', BENCH.tiles),
    out: given('out', BENCH.out),
    force: given('force', BENCH.force),
    base: matched ? base : { ...base, matchBackground: 'none' },
  };
}

function hasGap(name: BenchName, value: string): AppError {
  return new AppError(Exit.usage, 'bad_value', `--${name} ${value} has an empty item in its list`);
}
