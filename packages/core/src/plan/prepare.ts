import { type ChunkPlan, planChunks } from '../budget/chunk-plan.ts';
import { cpuBudget, ramMb } from '../budget/host-budget.ts';
import type { MosaicOptions, MosaicRequest } from '../config/options.ts';
import { readLevers } from '../debug/levers.ts';
import type {
  BackendName,
  Device,
  Engine,
  GridFacts,
  GridOptions,
  HostFacts,
  Kernel,
  OpenTiles,
  OutputGrid,
  TileChange,
  Unpacked,
} from '../device.ts';
import { AppError, asAppError, describe, Exit, lineOf, placeOf } from '../error.ts';
import type { Emit, PlanFacts } from '../event.ts';
import { findInputs } from '../inputs/find.ts';
import { type OutputPaths, refuseToReplace } from '../inputs/output-paths.ts';
import { distinct } from '../tiles/channels.ts';
import { chooseTiles, emitNote, refuseOthers } from '../tiles/choose.ts';
import { examine } from '../tiles/examine.ts';
import { followArea } from '../tiles/flux.ts';
import { refuseUnrelatedFrames } from '../tiles/frames.ts';
import { noneLeft, type Opened, openTiles } from '../tiles/open.ts';
import type { Selection } from '../tiles/select.ts';
import { type Skipped, skip } from '../tiles/skipped.ts';
import type { Tile } from '../tiles/tile.ts';
import { MB } from '../units.ts';
import { fallBack, namedBackend } from './backend.ts';
import { alone, bestBackend, type Choice, insteadOfCuda, type Race } from './best-backend.ts';
import { type Job, jobOf } from './cost/job.ts';
import { refuseUnfinished } from './disk.ts';
import { type Environment, type GpuRun, openGpuRun } from './gpu-run.ts';
import { refuseAbsurd } from './grid-check.ts';
import { chooseKernel } from './kernel.ts';
import { passRows, type RowsOf } from './pass-rows.ts';
import { planFacts } from './plan-facts.ts';

/** Everything that is decided before the first output byte. */
export interface Prepared {
  host: HostFacts;
  outputs: OutputPaths | null;
  tiles: Tile[];
  /** All opened tiles, numbered as in the engine. */
  opened: Tile[];
  /** Borders of `tiles` on the grid. */
  outlines: () => Float64Array[];
  skipped: Skipped[];
  /** The input files, with their states. */
  unpacked: Unpacked;
  channels: number;
  grid: GridFacts;
  kernel: Kernel;
  device: Device;
  /** How the GPU is used; null on the CPU. */
  gpu: GpuRun | null;
  /** Chunks on the CPU; those of the largest pass when there are several. */
  plan: ChunkPlan;
  passes: CpuPass[];
  rowsOf: RowsOf;
  facts: PlanFacts;
  /** What the cost model counts. */
  job: () => Job;
  /** Bytes a chunk may use; null when the user set the rows. */
  budget: number | null;
  /** Memory that the run may use, in MB. */
  ram: number;
  /** The most that this process held so far, bytes. */
  held: number;
}

/** Channels that the CPU makes together: all of them, unless each has tiles or maps of its own. */
export interface CpuPass {
  /** First channel, from 0. */
  channel: number;
  channels: number;
  plan: ChunkPlan;
}

/** Inputs -> tiles -> grid -> device -> chunk plan. Writes nothing. */
export async function prepare(
  engine: Engine,
  request: MosaicRequest,
  environment: Environment,
  emit: Emit,
): Promise<Prepared> {
  const { options } = request;
  const host = engine.hostFacts();
  // The CPU ignores them, but a mistyped one would test nothing there either.
  const levers = readLevers(environment);
  // What is refused is refused before any work; under `auto` the kernel is known only with the grid.
  const { kernel: named } = options;
  const early =
    named === 'auto' || options.backend === 'auto' ? null : await namedBackend(engine, options, named, emit);
  // The answer is needed only with the grid; a driver takes its time meanwhile.
  if (options.backend === 'auto') void engine.cudaFacts(true, options.device);
  const { files, excluded, outputs, replaced } = findInputs(request, emit);
  if (outputs !== null) refuseUnfinished(engine, outputs);
  const unpacked = engine.unpacked();
  await refuseOthers(engine, replaced, unpacked);
  const chosen = await chooseTiles(engine, { files, excluded }, options, unpacked, emit);
  if (outputs !== null) refuseToReplace(outputs, [...pathsOf(chosen.tiles), options.like]);
  if (request.command === 'reproject') refuseSeveral(chosen.tiles);
  const made = await openAll(engine, chosen, options, unpacked, emit);
  const { skipped } = made;
  if (made.tiles.length === 0) throw noneLeft(skipped, files.length, chosen.aside);
  for (const note of chosen.remarks(made.tiles)) emitNote(note, emit);

  refuseUnrelatedFrames(made.tiles, null, null);
  const grid = await makeGrid(engine, made.opened, options);
  const facts = grid.facts();
  refuseUnrelatedFrames(made.tiles, facts, options.like);
  if (options.like !== null) {
    const path = options.like;
    for (const reason of facts.warnings) {
      emit({ event: 'warning', code: 'header', message: lineOf({ path, reason }), path, reason });
    }
  }
  const { tiles, changed, notes } = followArea(made.tiles, facts, options.flux);
  for (const note of notes) emitNote(note, emit);
  // Factors are known only now that the grid is.
  const opened = changed ? engine.changeTiles(made.opened, tiles.map(changeOf)) : made.opened;
  // Unpacked copies of files that are not tiles are no longer needed on the disk.
  unpacked.clear();
  for (const index of facts.dropped) {
    const reason = 'the output projection cannot show its part of the sky; try --projection';
    skip(skipped, emit, { path: tiles[index]?.path ?? `tile ${index}`, code: 'not_on_grid', reason });
  }
  if (facts.dropped.length >= tiles.length) throw noneLeft(skipped, files.length);
  refuseAbsurd(facts, tiles, options);

  const { kernel, notes: remarks } = chooseKernel(tiles, facts, options);
  for (const note of remarks) emitNote(note, emit);
  const pixels = { kernel, combine: options.combine, mapErrorPx: options.mapError };
  const threads = options.threads ?? host.threads;
  const { channels } = chosen;
  const job = () => {
    const outlines = grid.outlines(opened);
    const cores = Math.min(threads, host.threads);
    return jobOf({ tiles, grid: facts, outlines, kernel, options, threads: cores, channels });
  };
  const level = request.command === 'reproject' ? 'debug' : 'info';
  const race: Race = { engine, options, kernel, job, levers, emit, level };
  const first =
    options.backend === 'auto'
      ? await bestBackend(race)
      : alone(early ?? (await namedBackend(engine, options, kernel, emit)));
  const { device, choice } = await openDevice(race, first, (backend) =>
    engine.openDevice(opened, grid, pixels, backend, options.device, threads),
  );
  const { backend } = choice;
  try {
    const rowsOf = passRows(device, facts, threads);
    const meeting = device.meeting();
    const dropped = new Set(facts.dropped);
    const used = tiles.filter((_, at) => !dropped.has(at) && meeting[at]);
    const outside = tiles.filter((_, at) => !dropped.has(at) && !meeting[at]);
    const reason = 'lies outside the output grid';
    for (const { path } of outside) skip(skipped, emit, { path, code: 'outside_grid', reason });
    if (used.length === 0) throw noneLeft(skipped, files.length);
    refuseEmptyChannels(used, options);
    const ram = ramMb(options.ramMb, host);
    const budget = options.chunkRows === null ? cpuBudget(ram) : null;
    const passes = cpuPasses(device.apart(), channels, (channel, planes) =>
      planChunks(rowsOf(channel, planes), budget ?? Infinity, options.chunkRows),
    );
    const largest = passes.reduce((a, b) => (b.plan.bytes > a.plan.bytes ? b : a));
    const { plan } = largest;
    const cpu = { budget: cpuBudget(ram), ram: ram * MB };
    const onOneChannel = rowsOf(largest.channel, 1);
    const gpu =
      backend === 'cpu' ? null : await openGpuRun(device, onOneChannel, { request, backend, host, environment, cpu });
    const diskFree = engine.diskFree(request.out ?? '.');
    const said = planFacts({
      grid: facts,
      planes: channels,
      tiles: distinct(used).length,
      threads,
      plan,
      budget,
      gpu,
      choice,
      diskFree,
    });
    return {
      host,
      outputs,
      tiles: used,
      opened: tiles,
      outlines: () => grid.outlines(opened).filter((_, at) => !dropped.has(at) && meeting[at]),
      skipped,
      unpacked,
      channels,
      grid: facts,
      kernel,
      device,
      gpu,
      plan,
      passes,
      rowsOf,
      facts: said,
      job,
      budget,
      ram,
      held: engine.hostFacts().peakRss,
    };
  } catch (error) {
    device.abandon(false);
    throw error;
  }
}

/** Opens the tiles and looks at what their headers leave in doubt. */
async function openAll(
  engine: Engine,
  chosen: Selection,
  options: MosaicOptions,
  unpacked: Unpacked,
  emit: Emit,
): Promise<Opened> {
  const made = await openTiles(engine, chosen.tiles, chosen.skipped, unpacked, emit);
  const seen = await examine(engine, made, options, emit);
  if (seen.tiles.length < made.tiles.length) return openTiles(engine, seen.tiles, seen.skipped, unpacked, emit);
  return seen.changed ? { ...seen, opened: engine.changeTiles(seen.opened, seen.tiles.map(changeOf)) } : seen;
}

function changeOf({ spec }: Tile): TileChange {
  const noise = spec.noise === undefined ? {} : { noise: spec.noise };
  return { fluxScale: spec.fluxScale, masked: spec.mask !== undefined, ...noise };
}

/** Every file that is read for these tiles. */
function pathsOf(tiles: readonly Tile[]): string[] {
  const paths = tiles.flatMap(({ spec }) => [
    ...[spec.path, spec.weightMap?.path, spec.mask?.path, spec.alpha?.path],
    ...(spec.solutions ?? []).map(({ path }) => path),
  ]);
  return [...new Set(paths.filter((path) => path !== undefined))];
}

/**
 * `reproject` combines nothing.
 * @throws AppError exit 2 for more than one image.
 */
function refuseSeveral(tiles: readonly Tile[]): void {
  const [first, second] = tiles;
  if (first === undefined || second === undefined) return;
  const named = [first, second].map(({ path, hdu }) => placeOf({ path, hdu: hdu.index })).join(', ');
  throw new AppError(
    Exit.usage,
    'one_input',
    `reproject takes one image, and these are ${tiles.length} (${named}${tiles.length > 2 ? ' ...' : ''}); name one, as FILE[HDU], or use mosaic`,
  );
}

/** One pass over all channels or, where each has tiles or maps of its own, one for each. */
function cpuPasses(
  apart: boolean,
  channels: number,
  planOf: (channel: number, planes: number) => ChunkPlan,
): CpuPass[] {
  const planes = apart ? 1 : channels;
  const firsts = Array.from({ length: channels / planes }, (_, at) => at);
  return firsts.map((channel) => ({ channel, channels: planes, plan: planOf(channel, planes) }));
}

/** All tiles of one filter may turn out broken or outside the grid. */
function refuseEmptyChannels(tiles: readonly Tile[], { channels }: MosaicOptions): void {
  for (const [at, { name, filter }] of (channels ?? []).entries()) {
    if (tiles.some((tile) => tile.spec.channel === at)) continue;
    throw new AppError(Exit.input, 'no_tiles', `no tile of channel ${name} (FILTER ${filter}) can be used`);
  }
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

/** Opens a backend; when it is not available, the next one that the user allows. */
async function openDevice(
  race: Race,
  first: Choice,
  open: (backend: BackendName) => Promise<Device>,
): Promise<{ device: Device; choice: Choice }> {
  let choice = first;
  while (choice.backend !== 'cpu') {
    try {
      return { device: await open(choice.backend), choice };
    } catch (error) {
      const reason = describe(error).message;
      const other = choice.backend === 'cuda' ? await insteadOfCuda(race, reason) : null;
      if (other === null) fallBack(race.options, reason, race.emit);
      choice = other ?? alone('cpu');
    }
  }
  try {
    return { device: await open('cpu'), choice };
  } catch (error) {
    throw asAppError(error, Exit.backend);
  }
}
