#!/usr/bin/env bun
// Compares the cost model with saved benches: `bun packages/bench/cost-model.ts TILES [--matched] [--csv] bench.json...`, where TILES is
// the folder in which `bench --tiles TILES` kept the tiles. Of CUDA it is the host's side alone, for benches with FAKE_CUDA_NULL. Core
// seconds are compared, because a busy machine does not change them much. `--csv` prints the lines of core/test/measured-jobs.csv.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultOptions, type Job, nativeEngine, onCpu, onGpu, prepare } from '@zemosaic/core';
import { type Result, readSaved } from './src/record.ts';
import type { Asked } from './src/run.ts';

/** A card whose work and copies take no time. */
const FREE = { start: 0, instructions: Infinity, memoryBytes: Infinity, copyBytes: Infinity };

const [folder = '', ...words] = process.argv.slice(2);
const matched = words.includes('--matched');
const csv = words.includes('--csv');

for (const path of words.filter((word) => !word.startsWith('--'))) {
  const bench = readSaved(path);
  if (bench.kind !== 'bench') throw new Error(`${path} is no sweep`);
  for (const result of bench.results) {
    const { scenario, backend } = result.combination;
    const hash = bench.scenarios.find(({ name }) => name === scenario)?.hash;
    const job = await jobFor(join(folder, `${scenario}-${hash}`), result);
    const expected = (backend === 'cpu' ? onCpu(job) : onGpu(job, FREE)).coreSeconds;
    const measured = Math.min(...result.runs.map((run) => run.user_seconds + run.system_seconds));
    const figures = [expected, measured, expected / measured].map((figure) => figure.toFixed(2));
    const line = csv
      ? [scenario, backend, measured.toFixed(3), ...Object.values(job).map(whole)].join(',')
      : `${result.key.padEnd(50)} ${figures.join(' ')}`;
    process.stdout.write(`${line}\n`);
  }
}
process.exit(0);

/** What that run had to do. */
async function jobFor(dir: string, { combination }: Result): Promise<Job> {
  // Every combination that was run has known names.
  const { kernel, combine, threads } = combination as Asked;
  const inputs = readdirSync(dir).filter((name) => !name.endsWith('.json'));
  const matchBackground = matched ? 'offset' : 'none';
  const options = { ...defaultOptions(), backend: 'cpu' as const, kernel, combine, threads, matchBackground } as const;
  const request = { command: 'plan', inputs: inputs.map((name) => join(dir, name)), out: null, options };
  const made = await prepare(nativeEngine, request, {}, () => {});
  made.device.abandon(false);
  return made.job();
}

function whole(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value) : value;
}
