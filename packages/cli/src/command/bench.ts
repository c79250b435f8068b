import { join } from 'node:path';
import { AppError, Exit, type ExitCode, removedAfter, scriptWords } from '@zemosaic/core';
import { type BenchWords, parseBench } from '../args/bench-options.ts';
import type { Context } from '../context.ts';
import { counted, table } from '../render/words.ts';

type Bench = typeof import('@zemosaic/bench');
type Scenario = ReturnType<Bench['loadScenario']>;

/**
 * `zemosaic bench`, `bench compare A B`, `bench peers`. Modules that only a bench needs are loaded here, not at
 * start-up.
 */
export async function runBench(context: Context): Promise<ExitCode> {
  const words = parseBench(context.flags);
  const [what, ...rest] = context.inputs;
  const bench = await import('@zemosaic/bench');
  switch (what) {
    case undefined:
      return sweep(bench, words, context);
    case 'compare':
      return compare(bench, rest, words, context);
    case 'peers':
      return peers(bench, rest, words, context);
    default:
      throw new AppError(Exit.usage, 'usage', `bench ${what} is unknown; use bench, bench compare A B or bench peers`);
  }
}

async function sweep(bench: Bench, words: BenchWords, context: Context): Promise<ExitCode> {
  let scenarios = words.scenarios.map(bench.loadScenario);
  if (bench.needsSlowDisk(scenarios, process.env)) {
    const why = bench.noSlowDisk();
    if (why === null) return bench.onSlowDisk([...ownWords(), ...process.argv.slice(2)], process.env);
    scenarios = without(scenarios, ({ disk_mb_per_s }) => disk_mb_per_s !== undefined, 'slow_disk', why, context);
  }
  if (bench.needsNullDriver(scenarios, process.env)) {
    const why = bench.noNullDriver(process.env);
    if (why === null) return bench.onNullDriver([...ownWords(), ...process.argv.slice(2)], process.env);
    scenarios = without(scenarios, ({ driver }) => driver !== undefined, 'null_driver', why, context);
  }
  const dir = bench.resultFolder(words, 'bench', words.scenarios);
  const places = bench.placesOf(words.tiles);
  const threads = words.threads ?? [context.engine.hostFacts().threads];
  await removedAfter(places.work, async () => {
    // Without a wish, a GPU that costs nothing is compared with the CPU.
    const both = scenarios.some(({ driver }) => driver !== undefined) && !context.flags.has('backend');
    const backends = both ? (['cpu', 'cuda'] as const) : words.backends;
    const saved = await bench.sweep({ ...words, ...places, backends: [...backends], scenarios, threads }, context);
    const shares = bench.hostTable(saved.host_shares);
    const files = bench.saveBench(dir, saved);
    context.renderer.result('bench', { ...files, results: saved.results, host_shares: saved.host_shares }, () => [
      ...table(bench.summaryTable(saved), [1, 2, 3, 4, 5, 6, 7, 8]),
      ...(shares.length > 0 ? ['', ...table(shares, [1, 2, 3])] : []),
      '',
      ...Object.values(files),
    ]);
  });
  return Exit.done;
}

async function compare(bench: Bench, paths: string[], words: BenchWords, context: Context): Promise<ExitCode> {
  const [before, after, more] = paths;
  if (before === undefined || after === undefined || more !== undefined) {
    throw new AppError(Exit.usage, 'usage', 'bench compare takes two saved benches: zemosaic bench compare A B');
  }
  const compared = bench.compare(bench.readSaved(before), bench.readSaved(after), words.tolerance);
  if (compared.timesIgnored !== null) {
    const message = `${compared.timesIgnored}: times are shown but not judged`;
    context.emit({ event: 'warning', code: 'other_machine', message });
  }
  context.renderer.result('bench.compare', { ...compared }, () => [
    ...table(bench.comparisonTable(compared), [2, 3, 4]),
    '',
    `${counted(compared.counters, 'counter')} compared, ${counted(compared.regressions.length, 'regression')}`,
  ]);
  const [first] = compared.regressions;
  if (first === undefined) return Exit.done;
  const others = compared.regressions.length - 1;
  const rest = others === 0 ? '' : `, and ${counted(others, 'other')}`;
  const what = `${first.key}: ${first.figure} ${first.was} -> ${first.now} (${first.verdict})`;
  throw new AppError(Exit.unexpected, 'regression', `regression in ${what}${rest}`);
}

async function peers(bench: Bench, rest: string[], words: BenchWords, context: Context): Promise<ExitCode> {
  if (rest.length > 0) throw new AppError(Exit.usage, 'usage', 'bench peers takes no further arguments');
  const scenarios = words.scenarios.map(bench.loadScenario);
  const dir = bench.resultFolder(words, 'peers', words.scenarios);
  const places = bench.placesOf(words.tiles);
  const threads = Math.max(...(words.threads ?? [context.engine.hostFacts().threads]));
  const { kernels, combines, peers: names, matched, runs } = words;
  await removedAfter(places.work, async () => {
    const program = ownWords();
    const saved = await bench.racePeers(
      { scenarios, kernels, combines, peers: names, matched, runs, threads, program, ...places },
      context,
    );
    const files = bench.savePeers(dir, saved);
    context.renderer.result('bench.peers', { ...files, ...saved }, () => [
      ...table(bench.peersTable(saved), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
      '',
      ...saved.missing.map(({ peer, why }) => `not run: ${peer}: ${why}`),
      ...Object.values(files),
    ]);
  });
  return Exit.done;
}

/** The command line of this program. */
function ownWords(): string[] {
  return scriptWords(join(import.meta.dirname, '../../bin/zemosaic.ts'));
}

/** The scenarios that need nothing which is missing; says which are skipped. */
function without(
  scenarios: Scenario[],
  needs: (one: Scenario) => boolean,
  code: string,
  why: string,
  { emit }: Context,
): Scenario[] {
  const skipped = scenarios.filter(needs);
  const message = `skipped ${skipped.map(({ name }) => name).join(', ')}: ${why}`;
  if (skipped.length === scenarios.length) throw new AppError(Exit.backend, code, message);
  emit({ event: 'warning', code: 'skipped', message });
  return scenarios.filter((one) => !skipped.includes(one));
}
