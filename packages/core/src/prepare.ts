import { type ChunkPlan, planChunks } from './budget/chunk-plan.ts';
import { cpuBudget, ramMb } from './budget/host-budget.ts';
import { chunkShape, meetsGrid } from './chunk-shape.ts';
import type { MosaicOptions, MosaicRequest } from './config/options.ts';
import type { Device, Engine, GridFacts, GridOptions, HostFacts, OpenTiles, OutputGrid } from './device.ts';
import { AppError, asAppError, Exit } from './error.ts';
import type { Emit, PlanFacts } from './event.ts';
import { refuseAbsurd } from './grid-check.ts';
import { findInputs } from './inputs/find.ts';
import type { OutputPaths } from './inputs/output-paths.ts';
import { planFacts } from './plan-facts.ts';
import { chooseTiles } from './tiles/choose.ts';
import { noneLeft, openTiles, skip } from './tiles/open.ts';
import type { Skipped, Tile } from './tiles/select.ts';

/** Everything decided before the first output byte. */
export interface Prepared {
  host: HostFacts;
  outputs: OutputPaths | null;
  tiles: Tile[];
  /** Path of each opened tile, in the engine's numbering. */
  paths: string[];
  skipped: Skipped[];
  channels: number;
  grid: GridFacts;
  device: Device;
  plan: ChunkPlan;
  facts: PlanFacts;
  /** Bytes a chunk may use; null when the rows were asked for. */
  budget: number | null;
  /** MB that the run may use. */
  ram: number;
}

/** Inputs -> tiles -> grid -> device -> chunk plan. Writes nothing. */
export async function prepare(engine: Engine, request: MosaicRequest, emit: Emit): Promise<Prepared> {
  const { options } = request;
  const host = engine.hostFacts();
  checkBackend(options, emit);
  const { files, outputs } = findInputs(request, emit);
  const chosen = await chooseTiles(engine, files, options, emit);
  const { tiles, opened, skipped } = await openTiles(engine, chosen.tiles, chosen.skipped, emit);
  if (tiles.length === 0) throw noneLeft(skipped, files.length);

  const grid = await makeGrid(engine, opened, options);
  const facts = grid.facts();
  for (const index of facts.dropped) {
    const reason = 'lies where the output projection cannot show it; try --projection';
    skip(skipped, emit, tiles[index]?.path ?? `tile ${index}`, 'not_on_grid', reason);
  }
  if (facts.dropped.length >= tiles.length) throw noneLeft(skipped, files.length);
  refuseAbsurd(facts, tiles, options);

  const threads = options.threads ?? host.threads;
  const device = await openDevice(engine, opened, grid, options, threads);
  try {
    const shape = chunkShape(device, tiles, facts, chosen.channels, threads);
    const outside = tiles.filter((_, at) => !facts.dropped.includes(at) && !meetsGrid(shape, at));
    for (const tile of outside) skip(skipped, emit, tile.path, 'outside_grid', 'lies outside the output grid');
    const used = tiles.filter((tile, at) => !facts.dropped.includes(at) && !outside.includes(tile));
    if (used.length === 0) throw noneLeft(skipped, files.length);
    const ram = ramMb(options.ramMb, host);
    const budget = options.chunkRows === null ? cpuBudget(ram) : null;
    const plan = planChunks(shape, budget ?? Infinity, options.chunkRows);
    const paths = tiles.map((tile) => tile.path);
    const { channels } = chosen;
    const diskFree = engine.diskFree(request.out ?? '.');
    const said = planFacts({ grid: facts, planes: channels, tiles: used.length, threads, plan, budget, diskFree });
    return {
      host,
      outputs,
      tiles: used,
      paths,
      skipped,
      channels,
      grid: facts,
      device,
      plan,
      facts: said,
      budget,
      ram,
    };
  } catch (error) {
    device.abandon();
    throw error;
  }
}

function checkBackend(options: MosaicOptions, emit: Emit): void {
  const { backend } = options;
  if (backend === 'auto' || backend === 'cpu') return;
  if (options.noCpuFallback) {
    throw new AppError(
      Exit.backend,
      'backend_missing',
      `--backend ${backend} is not in this version; drop --no-cpu-fallback to use the CPU`,
    );
  }
  const reason = `backend ${backend} is not in this version`;
  emit({ event: 'backend.fallback', from: backend, to: 'cpu', reason });
  emit({ event: 'warning', code: 'backend_missing', message: `${reason}; using the CPU` });
}

async function makeGrid(engine: Engine, opened: OpenTiles, options: MosaicOptions): Promise<OutputGrid> {
  try {
    if (options.like !== null) return await engine.likeGrid(options.like);
    const wanted: GridOptions = { rotation: options.rotation };
    if (options.projection !== 'auto') wanted.projection = options.projection;
    if (options.scale !== null) wanted.scaleArcsec = options.scale;
    if (options.center !== null) wanted.center = options.center;
    if (options.size !== null) wanted.size = options.size;
    return await engine.autoGrid(opened, wanted);
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
}

async function openDevice(
  engine: Engine,
  opened: OpenTiles,
  grid: OutputGrid,
  options: MosaicOptions,
  threads: number,
): Promise<Device> {
  const pixels = { kernel: options.kernel, combine: options.combine, mapErrorPx: options.mapError };
  try {
    return await engine.openDevice(opened, grid, pixels, 'cpu', threads);
  } catch (error) {
    throw asAppError(error, Exit.backend);
  }
}
