#!/usr/bin/env bun
// Sweeps chunk sizes on every backend that can be tested without hardware and compares the counters with the committed
// ones. `--update` rewrites the committed ones, `--counters DIR` reads them from elsewhere, `--only cpu,matched,cuda,host,wgpu`
// selects suites.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Counters, changes } from './src/counters.ts';
import { markdownTable } from './src/markdown.ts';
import { readSaved, type Saved } from './src/record.ts';
import { summaryTable } from './src/table.ts';

const root = resolve(import.meta.dir, '../..');
const program = [process.execPath, join(root, 'packages/cli/bin/zemosaic.ts')];
const print = (text: string) => writeSync(1, `${text}\n`);

interface Suite {
  name: string;
  backend: string;
  words: string[];
  /** Environment variables for this suite; null where it cannot run. */
  environment(): Record<string, string> | null;
  needs: string;
}

const SIZES = ['--chunk-mb', 'auto,64', '--chunk-rows', '50,200'];

const SUITES: readonly Suite[] = [
  {
    name: 'cpu',
    backend: 'cpu',
    words: ['--scenario', 'small,tight-vram', '--kernel', 'bilinear,lanczos3', '--chunk-rows', '50,200,1000'],
    environment: () => ({}),
    needs: '',
  },
  {
    // How much of the tiles is read to match them, and again to make the mosaic.
    name: 'matched',
    backend: 'cpu',
    words: ['--scenario', 'small,tight-vram', '--matched', '--chunk-rows', '50,1000'],
    environment: () => ({}),
    needs: '',
  },
  {
    name: 'cuda',
    backend: 'cuda',
    words: ['--scenario', 'small,tight-vram', ...SIZES],
    environment: fakeCuda,
    needs: 'the fake CUDA driver',
  },
  {
    // How much goes up and down, and how often the host reads and writes.
    name: 'host',
    backend: 'cpu,cuda',
    words: ['--scenario', 'host-small', '--kernel', 'bilinear,lanczos3', '--combine', 'mean,winsorized'],
    environment: fakeCuda,
    needs: 'the fake CUDA driver',
  },
  {
    name: 'wgpu',
    backend: 'wgpu',
    words: ['--scenario', 'small,tight-vram', ...SIZES],
    environment: mesa,
    needs: "Mesa's llvmpipe as the first adapter",
  },
];

/** Debug levers and options in the caller's environment must not reach the sweep. */
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZEMOSAIC_')));

function fakeCuda(): Record<string, string> | null {
  if (process.platform !== 'linux') return null;
  const argv = [process.execPath, 'run', '--silent', 'fake-cuda'];
  const made = Bun.spawnSync(argv, { cwd: root, env: clean, stderr: 'inherit' });
  return made.exitCode === 0 ? { LD_LIBRARY_PATH: made.stdout.toString().trim() } : null;
}

/** Other adapters have other limits, which would change the counters. */
function mesa(): Record<string, string> | null {
  const told = Bun.spawnSync([...program, 'doctor', '--json'], { cwd: root, env: clean, stderr: 'ignore' });
  if (told.exitCode !== 0) return null;
  const doctor = JSON.parse(told.stdout.toString().split('\n')[0] ?? '{}') as { wgpu_adapters?: { name: string }[] };
  return doctor.wgpu_adapters?.[0]?.name.startsWith('llvmpipe') ? {} : null;
}

function measured(suite: Suite, environment: Record<string, string>, work: string): Saved {
  const out = join(work, suite.name);
  const common = ['--backend', suite.backend, '--threads', '2', '--runs', '2', '--tiles', join(work, 'tiles')];
  const argv = [...program, 'bench', ...suite.words, ...common, '--out', out, '--json', '--quiet'];
  const ran = Bun.spawnSync(argv, { cwd: root, env: { ...clean, ...environment }, stdout: 'ignore', stderr: 'pipe' });
  if (ran.exitCode !== 0) throw new Error(`bench ended with ${ran.exitCode}: ${ran.stderr.toString().trim()}`);
  return readSaved(out);
}

type Committed = Record<string, Counters>;

/** What differs from the committed counters, one line each. */
function differences(saved: Saved, committed: Committed): string[] {
  const now = new Map(saved.results.map((result) => [result.key, result]));
  const gone = Object.keys(committed).filter((key) => !now.has(key));
  return [
    ...gone.map((key) => `${key}: committed, not measured`),
    ...saved.results.flatMap(({ key, counters, unsteady }) => [
      ...unsteady.map((counter) => `${key}: ${counter} differs between two runs`),
      ...(committed[key] === undefined
        ? [`${key}: measured, not committed`]
        : changes(committed[key], counters).map(({ counter, was, now: is }) => `${key}: ${counter} ${was} -> ${is}`)),
    ]),
  ];
}

const { values: words } = parseArgs({
  options: { update: { type: 'boolean' }, counters: { type: 'string' }, only: { type: 'string' } },
});
const folder = resolve(words.counters ?? join(import.meta.dir, 'run/ci'));
const only = words.only?.split(',');
const work = mkdtempSync(join(tmpdir(), 'zemosaic-bench-ci-'));
const skipped: string[] = [];
const wrong: string[] = [];
let done = 0;
try {
  for (const suite of SUITES) {
    if (only !== undefined && !only.includes(suite.name)) continue;
    const environment = suite.environment();
    if (environment === null) {
      skipped.push(`${suite.name}: ${suite.needs} is not available`);
      continue;
    }
    const saved = measured(suite, environment, work);
    print(`\n${markdownTable(summaryTable(saved))}`);
    done += 1;
    const file = join(folder, `${suite.name}.json`);
    if (words.update) {
      const counters = Object.fromEntries(saved.results.map((result) => [result.key, result.counters]));
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, `${JSON.stringify(counters, null, 2)}\n`);
    } else if (!existsSync(file)) wrong.push(`${suite.name}: ${file} is missing`);
    else wrong.push(...differences(saved, JSON.parse(readFileSync(file, 'utf8')) as Committed));
  }
} catch (error) {
  wrong.push(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(work, { recursive: true, force: true });
}
print('');
for (const line of skipped) print(`skipped ${line}`);
for (const line of wrong) print(`changed ${line}`);
if (wrong.length > 0) print('If the change is intended: bun run bench:ci --update, and commit packages/bench/run/ci');
const failed = wrong.length > 0 || done === 0 ? 1 : 0;
print(`bench counters: ${1 - failed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed;
