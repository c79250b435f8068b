import { mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { AppError, debugVariables, type Emit, type Engine, Exit, type MosaicOptions } from '@zemosaic/core';
import { measureCeilings } from './ceilings.ts';
import { changes } from './counters.ts';
import { hostShares } from './host-share.ts';
import { type HostRecord, keyOf, type Result, type Saved } from './record.ts';
import { type Asked, type RunSurroundings, runOnce } from './run.ts';
import { megapixels, type Scenario, tileCount } from './scenario.ts';
import { setDisk } from './slow-disk.ts';
import { tilesOf } from './tiles.ts';

/** How much one device call does, by memory or by rows. */
export type ChunkSize = { mb: number | 'auto' } | { rows: number };

export interface SweepRequest {
  scenarios: Scenario[];
  chunks: ChunkSize[];
  backends: MosaicOptions['backend'][];
  kernels: MosaicOptions['kernel'][];
  combines: MosaicOptions['combine'][];
  threads: number[];
  runs: number;
  /** All options that are not swept. */
  base: MosaicOptions;
  /** Where simulated tiles are kept. */
  tiles: string;
  /** Where mosaics are written; each is removed after its run. */
  work: string;
}

export interface SweepSurroundings extends RunSurroundings {
  emit: Emit;
}

/**
 * Every requested combination, each once. Chunk memory has no meaning on the CPU, which runs once for all sizes given
 * by memory.
 */
export function combinations(request: Omit<SweepRequest, 'runs' | 'base' | 'tiles' | 'work'>): Asked[] {
  const all = new Map<string, Asked>();
  for (const { name } of request.scenarios)
    for (const backend of request.backends)
      for (const kernel of request.kernels)
        for (const combine of request.combines)
          for (const threads of request.threads)
            for (const size of request.chunks) {
              const memory = 'mb' in size && backend !== 'cpu' ? size.mb : 'auto';
              const chunk = { chunk_mb: memory, chunk_rows: 'rows' in size ? size.rows : null };
              const one: Asked = { scenario: name, backend, kernel, combine, threads, ...chunk };
              all.set(keyOf(one), one);
            }
  return [...all.values()];
}

/**
 * Runs every combination, interleaved: the first run of all, then the second of all, so that a machine that gets busy
 * slows all of them alike.
 * @throws AppError exit 6 for a backend that is missing here, and whatever a mosaic throws.
 */
export async function sweep(request: SweepRequest, around: SweepSurroundings): Promise<Saved> {
  const { engine, emit } = around;
  await checkBackends(engine, request.backends);
  mkdirSync(request.work, { recursive: true });
  const host = await hostRecord(engine);
  warnWhenBusy(host, emit);
  const inputs = new Map<string, string[]>();
  const scenarios: Saved['scenarios'] = [];
  for (const scenario of request.scenarios) {
    const { paths, hash, made } = await tilesOf(engine, scenario, request.tiles);
    const what = made ? 'made' : 'kept from before';
    emit({ event: 'info', code: 'tiles', message: `${scenario.name}: ${paths.length} tiles, ${what}` });
    inputs.set(scenario.name, paths);
    const { name, about, layout } = scenario;
    const size = { tiles: tileCount(scenario), megapixels: megapixels(scenario), planes: layout.colour ? 3 : 1 };
    scenarios.push({ name, about, hash, ...size });
  }
  const ceilings = await measureCeilings(request.work, engine);
  const results = new Map<string, Result>();
  const wanted = combinations(request);
  for (let run = 1; run <= request.runs; run += 1) {
    for (const combination of wanted) {
      const scenario = request.scenarios.find(({ name }) => name === combination.scenario);
      const environment = { ...around.environment, ...scenario?.environment };
      const quiet = run > 1;
      const paths = inputs.get(combination.scenario) ?? [];
      const diskMbPerSecond = scenario?.disk_mb_per_s;
      setDisk(diskMbPerSecond, environment);
      const one = await runOnce(
        { combination, inputs: paths, base: request.base, work: request.work, diskMbPerSecond, quiet },
        { ...around, environment },
      );
      const key = keyOf(combination);
      const said = `run ${run}/${request.runs}  ${key}  ${one.run.seconds.toFixed(3)} s`;
      emit({ event: 'info', code: 'bench.run', message: said });
      const known = results.get(key);
      if (known === undefined) {
        const { counters, vram } = one;
        results.set(key, { key, combination, counters, unsteady: [], runs: [one.run], vram });
      } else {
        known.runs.push(one.run);
        const moved = changes(known.counters, one.counters).map(({ counter }) => counter);
        known.unsteady = [...new Set([...known.unsteady, ...moved])];
      }
    }
  }
  const all = [...results.values()];
  const costsNothing = request.scenarios.some(({ driver }) => driver !== undefined);
  return {
    schema: 1,
    kind: 'bench',
    version: around.version,
    made: new Date().toISOString(),
    host,
    debug_variables: debugVariables(around.environment),
    ceilings,
    scenarios,
    results: all,
    ...(costsNothing ? { host_shares: hostShares(all) } : {}),
  };
}

/** Without this check the CPU would be measured under another backend's name. */
async function checkBackends(engine: Engine, backends: readonly string[]): Promise<void> {
  for (const backend of backends) {
    const facts =
      backend === 'cuda' ? await engine.cudaFacts(false) : backend === 'wgpu' ? await engine.wgpuFacts() : null;
    if (facts === null) continue;
    const count = 'devices' in facts ? facts.devices.length : facts.adapters.length;
    if (count === 0) {
      const why = facts.problem?.reason ?? 'no device';
      throw new AppError(Exit.backend, 'no_backend', `--backend ${backend}: ${why}; leave it out`);
    }
  }
}

export async function hostRecord(engine: Engine): Promise<HostRecord> {
  const facts = engine.hostFacts();
  const [cuda, wgpu] = await Promise.all([engine.cudaFacts(false), engine.wgpuFacts()]);
  const gpus = [...cuda.devices, ...wgpu.adapters].map(({ name }) => name);
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    threads: facts.threads,
    simd: facts.simd,
    ram_total: facts.ramTotal,
    system: `${process.platform} ${process.arch}`,
    gpus: [...new Set(gpus)],
    load: loadavg()[0] ?? 0,
  };
}

export function warnWhenBusy(host: HostRecord, emit: Emit): void {
  if (host.load < 0.5) return;
  const message = `the machine is busy (load ${host.load.toFixed(2)}): trust CPU seconds more than elapsed ones`;
  emit({ event: 'warning', code: 'busy', message });
}
