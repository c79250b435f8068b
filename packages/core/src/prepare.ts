import { existsSync } from 'node:fs';
import { bytesPerTileRow, type ChunkShape } from './budget/chunk-bytes.ts';
import { type ChunkPlan, planChunks } from './budget/chunk-plan.ts';
import { cpuBudget, MB, ramMb } from './budget/host-budget.ts';
import type { MosaicOptions, MosaicRequest } from './config/options.ts';
import type { Device, Engine, FileFacts, GridFacts, GridOptions, HostFacts, OpenTiles, OutputGrid } from './device.ts';
import { AppError, asAppError, describe, Exit, reasonOf } from './error.ts';
import type { Emit, PlanFacts } from './event.ts';
import { refuseAbsurd } from './grid-check.ts';
import { expandInputs, type InputFile } from './inputs/expand.ts';
import { checkOutputs, dropOutputs, type OutputPaths, outputPaths } from './inputs/output-paths.ts';
import { findSidecars, type Sidecars } from './inputs/sidecar.ts';
import type { Note } from './tiles/mixed.ts';
import { keywordsFor, type Skipped, selectTiles, type Tile } from './tiles/select.ts';

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
    const tile = tiles[index];
    if (tile !== undefined) {
      skip(
        skipped,
        emit,
        tile.path,
        'not_on_grid',
        'lies where the output projection cannot show it; try --projection',
      );
    }
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
    const base = { host, outputs, paths, skipped, channels: chosen.channels, grid: facts, device, plan, budget, ram };
    return { ...base, tiles: used, facts: planFacts(engine, request, base, used.length, threads) };
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

function findInputs(request: MosaicRequest, emit: Emit): { files: InputFile[]; outputs: OutputPaths | null } {
  const { options, out } = request;
  if (options.like !== null && !existsSync(options.like)) {
    throw new AppError(Exit.input, 'no_such_file', `--like ${options.like} does not exist; check the path`);
  }
  const inputs = expandInputs(request.inputs);
  if (inputs.duplicates.length > 0) {
    emit({
      event: 'warning',
      code: 'duplicate',
      message: `${inputs.duplicates.length} input${inputs.duplicates.length === 1 ? ' is' : 's are'} named more than once and counted once (${inputs.duplicates[0]})`,
    });
  }
  if (out === null) return { files: inputs.files, outputs: null };
  const outputs = outputPaths(out, options);
  checkOutputs(outputs, inputs.files, options.force);
  const { kept, dropped } = dropOutputs(outputs, inputs.files);
  for (const path of dropped) {
    emit({ event: 'info', code: 'output_found', message: `${path} is an output of this run, not a tile` });
  }
  return { files: kept, outputs };
}

async function chooseTiles(engine: Engine, files: InputFile[], options: MosaicOptions, emit: Emit) {
  const paths = files.map((file) => file.path);
  const sidecars = sameNames(findSidecars(paths), files);
  const beside = [...sidecars.weight.values(), ...sidecars.alpha.values()];
  const all = [...new Set([...paths, ...beside])];
  let read: FileFacts[];
  try {
    read = await engine.readFacts(all, keywordsFor(options));
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
  const facts = new Map(all.map((path, at) => [path, read[at] ?? missing(path)]));
  const own = paths.map((path) => facts.get(path) ?? missing(path));
  const selection = selectTiles(own, sidecars, facts, options);
  for (const skipped of selection.skipped) emit({ event: 'tile.skipped', ...skipped });
  for (const note of selection.notes) emitNote(note, emit);
  return selection;
}

/** A sidecar that is itself an input goes by the name it was given there. */
function sameNames(sidecars: Sidecars, files: readonly InputFile[]): Sidecars {
  const paths = new Set([...sidecars.weight.values(), ...sidecars.alpha.values()]);
  const { files: resolved } = expandInputs([...paths]);
  const given = new Map(files.map((file) => [file.real, file.path]));
  const names = new Map(resolved.map((file) => [file.path, given.get(file.real) ?? file.path]));
  const rename = (map: Map<string, string>) =>
    new Map([...map].map(([tile, path]) => [tile, names.get(path) ?? path] as const));
  return { weight: rename(sidecars.weight), alpha: rename(sidecars.alpha) };
}

function emitNote(note: Note, emit: Emit): void {
  if (note.level === 'info') emit({ event: 'info', code: note.code, message: note.message });
  else {
    const path = note.path === undefined ? {} : { path: note.path };
    emit({ event: 'warning', code: note.code, message: note.message, ...path });
  }
}

/** Opens all tiles at once; when that fails, one by one, so that a broken tile costs only itself. */
async function openTiles(engine: Engine, tiles: Tile[], skipped: Skipped[], emit: Emit) {
  if (tiles.length === 0) return { tiles, opened: {}, skipped };
  let failure: unknown;
  try {
    return { tiles, opened: await engine.openTiles(tiles.map((tile) => tile.spec)), skipped };
  } catch (error) {
    failure = error;
  }
  const good: Tile[] = [];
  for (const tile of tiles) {
    try {
      await engine.openTiles([tile.spec]);
      good.push(tile);
    } catch (error) {
      const { code, message } = describe(error);
      skip(skipped, emit, tile.path, code, reasonOf(tile.path, message));
    }
  }
  // Every tile opens alone, so the failure is not a tile's.
  if (good.length === tiles.length) throw asAppError(failure, Exit.input);
  if (good.length === 0) return { tiles: good, opened: {}, skipped };
  try {
    return { tiles: good, opened: await engine.openTiles(good.map((tile) => tile.spec)), skipped };
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
}

function skip(skipped: Skipped[], emit: Emit, path: string, code: string, reason: string): void {
  skipped.push({ path, code, reason });
  emit({ event: 'tile.skipped', path, code, reason });
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

function chunkShape(
  device: Device,
  tiles: readonly Tile[],
  grid: GridFacts,
  planes: number,
  threads: number,
): ChunkShape {
  const profiles = device.profiles();
  return {
    tiles: tiles.map((tile, at) => ({
      profile: profiles[at] ?? { firstBlock: 0, blocks: new Int32Array(0) },
      perRow: bytesPerTileRow(
        tile.hdu.width ?? 0,
        planes,
        tile.spec.weightMap !== undefined,
        tile.spec.alpha !== undefined,
      ),
    })),
    width: grid.width,
    height: grid.height,
    planes,
    threads,
  };
}

function meetsGrid(shape: ChunkShape, tile: number): boolean {
  const blocks = shape.tiles[tile]?.profile.blocks ?? new Int32Array(0);
  for (let at = 0; at < blocks.length; at += 6) if ((blocks[at + 1] ?? 0) > (blocks[at] ?? 0)) return true;
  return false;
}

function planFacts(
  engine: Engine,
  request: MosaicRequest,
  made: Omit<Prepared, 'tiles' | 'facts'>,
  tiles: number,
  threads: number,
): PlanFacts {
  const { grid, plan, channels } = made;
  const { out } = request;
  return {
    grid: {
      width: grid.width,
      height: grid.height,
      planes: channels,
      projection: grid.projection,
      frame: grid.frame,
      scale_arcsec: grid.scaleArcsec,
      center: [...grid.center],
      rotation_deg: grid.rotationDeg,
    },
    backend: 'cpu',
    threads,
    cap_mb: made.budget === null ? null : made.budget / MB,
    channels,
    tiles,
    chunks: plan.chunks.length,
    rows_per_chunk: plan.rows,
    chunk_bytes: plan.bytes,
    output_bytes: outputBytes(grid, channels),
    disk_free: engine.diskFree(out ?? '.'),
  };
}

/** Pixels, coverage and opacity. Headers are left out. */
function outputBytes(grid: GridFacts, planes: number): number {
  return grid.width * grid.height * (4 * planes + 4 + 1);
}

function noneLeft(skipped: readonly Skipped[], files: number): AppError {
  const first = skipped[0];
  if (first === undefined) {
    return new AppError(Exit.input, 'no_tiles', `none of the ${files} inputs is a tile; name plate-solved FITS images`);
  }
  if (skipped.length === 1) {
    return new AppError(Exit.input, first.code, `${first.path}: ${first.reason}`);
  }
  return new AppError(
    Exit.input,
    'no_tiles',
    `none of the ${skipped.length} tiles can be used; the first, ${first.path}: ${first.reason}`,
  );
}

function missing(path: string): FileFacts {
  return {
    path,
    bytes: 0,
    problem: { code: 'unreadable', message: 'cannot be read; check the file' },
    warnings: [],
    hdus: [],
  };
}
