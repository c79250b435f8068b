import type { MosaicRequest } from './config/options.ts';
import { outputDate } from './date.ts';
import type { BackendName, Device, FinishFacts, TileDamage } from './device.ts';
import { AppError, asAppError, Exit, type ExitCode, lineOf, refuseLack } from './error.ts';
import type { Emit } from './event.ts';
import { outputCards } from './header/cards.ts';
import { type Begun, beginOutput } from './journal/begin.ts';
import { type Earlier, findEarlier, refuseOtherOptions } from './journal/earlier.ts';
import type { Journal } from './journal/journal.ts';
import { filesOf, markOf, workMark } from './journal/mark.ts';
import { madeApart, refuseWithoutRoom } from './plan/disk.ts';
import { refuseOfMemory, warnOfMemory } from './plan/memory.ts';
import { type Prepared, prepare } from './plan/prepare.ts';
import { Extras } from './report/extras.ts';
import type { BackgroundReport, ChannelReport, Summary } from './report/report.ts';
import { buildReport } from './report/run-report.ts';
import { Warnings } from './report/warnings.ts';
import { writeReport } from './report/write.ts';
import { matchBackground } from './run/background.ts';
import { type BorderValues, findBorders } from './run/borders.ts';
import { runChannels } from './run/channels.ts';
import type { PassSurroundings } from './run/pass.ts';
import { coverage, refuseNothingRead, tilesWithoutSky } from './run/yield.ts';
import type { Surroundings } from './surroundings.ts';
import { distinct } from './tiles/channels.ts';
import { brokenFor } from './tiles/skipped.ts';

export const PREVIEW_SIDE = 2048;

const BACKENDS: readonly BackendName[] = ['cpu', 'cuda', 'wgpu'];

export interface MosaicResult {
  exit: ExitCode;
  outputs: string[];
}

const OVERFLOW =
  'some pixels have no value because their sums or samples are too large for a float32; bring the tiles to smaller numbers';
const NOTHING_COVERED =
  'no tile has a pixel with data on this grid: the mosaic is empty; `zemosaic inspect` counts what the tiles hold';

/** A run before it has begun. */
export interface Planned {
  made: Prepared;
  /** What an earlier run left of its output. */
  earlier: Earlier;
  /** @throws AppError exit 5 or 6 for what cannot end well. */
  refuse: () => void;
}

/** What `mosaic` would do, for `plan` as well: both refuse the same. Writes nothing. */
export async function planRun(
  request: MosaicRequest,
  { engine, environment, emit, version }: Pick<Surroundings, 'engine' | 'environment' | 'emit' | 'version'>,
): Promise<Planned> {
  const earlier = findEarlier(request.out, request.options.resume, version);
  const made = await prepare(engine, continuing(request, earlier), environment, emit);
  return { made, earlier, refuse: () => refuse(request, made, earlier, version) };
}

/**
 * The run: inputs -> grid -> background -> channels -> outputs.
 * @throws AppError for every expected failure. Until the mosaic is complete nothing is at its place, and what is finished
 * of it is kept beside; a preview or report that fails after that is a warning, and exit 8.
 */
export async function mosaic(request: MosaicRequest, surroundings: Surroundings): Promise<MosaicResult> {
  const heard = new Warnings(surroundings.emit);
  const around = { ...surroundings, emit: heard.emit };
  const { engine, emit, clock } = around;
  const start = clock();
  emit({
    event: 'run.started',
    version: around.version,
    command: request.command,
    options: around.effective,
    origins: around.origins,
  });
  const planned = await planRun(request, around);
  const { made, earlier } = planned;
  const damaged = new Map<string, string>();
  const onDamage = damageTeller(made, damaged, emit);
  let background: BackgroundReport | null;
  let channels: ChannelReport[];
  let finished: FinishFacts;
  let begun: Begun | null = null;
  let resumed: number;
  try {
    emit({ event: 'plan', ...made.facts });
    // What cannot end well is refused before the tiles are read.
    planned.refuse();
    warnOfMemory(made, emit);
    checkStop(around);
    const borders = await findBorders(request.options, made, emit);
    borders.damaged.forEach(onDamage);
    checkStop(around);
    const matched = await matchBackground(request.options, made, emit);
    matched.damaged.forEach(onDamage);
    background = matched.report;
    checkStop(around);
    begun = await createOutput(request, made, { background, borders: borders.values, earlier }, around);
    around.onBegun(made.outputs?.mosaic ?? '');
    resumed = begun.journal.rows;
    channels = await runChannels(made, begun.progress, takeUp(begun, around, heard, onDamage));
    checkStop(around);
    refuseNothingRead(made, channels, damaged);
    // Rows that an earlier run made may have shown what this one did not see.
    if (resumed === 0) tilesWithoutSky(made, channels, damaged).forEach(emit);
    if (channels.some(({ overflow }) => overflow)) emit({ event: 'warning', code: 'overflow', message: OVERFLOW });
    finished = begun.finished ?? (await finish(made.device, begun.journal));
    around.onComplete();
    begun.journal.remove();
  } catch (error) {
    throw await leave(error, made, begun?.journal ?? null);
  }
  const covered = coverage(made, channels);
  if (covered === 0) emit({ event: 'warning', code: 'nothing_covered', message: NOTHING_COVERED });
  const extras = new Extras(request.options.force, around);
  const { mosaic: path, preview, report: data, page } = made.outputs ?? {};
  if (preview) await extras.write(preview, (temporary) => engine.writePreview(path ?? '', temporary, PREVIEW_SIDE));
  const summary = (outputs: string[]): Summary => ({
    outputs,
    tiles_used: distinct(made.tiles).length,
    tiles_skipped: made.skipped.length,
    coverage_fraction: covered,
    bytes: finished.bytes,
    seconds: (clock() - start) / 1000,
    report: data && outputs.includes(data) ? data : null,
    warnings: heard.counts(),
  });
  if (data && page) {
    const written = [...finished.paths, ...extras.written, data, page];
    const ran = { request, around, made, background, channels, finished, resumed, damaged };
    const report = buildReport({ ...ran, warnings: heard.byKind(), summary: summary(written) });
    await writeReport(report, engine, made, extras);
  }
  const outputs = [...finished.paths, ...extras.written];
  emit({ event: 'run.done', ...summary(outputs) });
  return { exit: exitOf(request, made, { damaged, failed: extras.failed }), outputs };
}

/** A stopped run is resumed on its own backend where none is asked for. */
function continuing(request: MosaicRequest, { contents, placed }: Earlier): MosaicRequest {
  const { options } = request;
  const resumes = options.resume && options.backend === 'auto' && contents !== null && contents.records.length > 0;
  const backend = resumes ? BACKENDS.find((name) => name === contents.head.mark.backend) : undefined;
  return { ...request, placed, options: { ...options, backend: backend ?? options.backend } };
}

/** Names each tile with rows that cannot be read once, and keeps why. */
function damageTeller(made: Prepared, damaged: Map<string, string>, emit: Emit): (damage: TileDamage) => void {
  return ({ tile, problem }) => {
    refuseLack(problem);
    const spec = made.opened[tile]?.spec;
    const broken = spec === undefined ? { path: `tile ${tile}`, ...problem } : brokenFor(spec, problem);
    const { path, reason } = broken;
    if (damaged.has(path)) return;
    damaged.set(path, reason);
    emit({ event: 'warning', code: 'tile_damaged', message: lineOf(broken), path, reason });
  };
}

/** @throws AppError exit 5 for finished rows of a run with other options, and for a disk without room. */
function refuse(request: MosaicRequest, made: Prepared, { contents, exists }: Earlier, version: string): void {
  const { out, command } = request;
  refuseOfMemory(made, request.options);
  if (out === null) return;
  const options = { ...request.options, kernel: made.kernel };
  if (contents !== null && options.resume) {
    const mark = workMark({ version, backend: made.facts.backend, options });
    refuseOtherOptions({ out, command }, contents, mark, options.force);
  }
  // An unfinished output already occupies its space, which the engine takes into account.
  if (!exists) refuseWithoutRoom(out, made);
}

/** What the passes are given. Damage and warnings of an earlier run apply to the mosaic too, so they are reported first. */
function takeUp(
  { journal, progress }: Begun,
  around: Surroundings,
  heard: Warnings,
  onDamage: (damage: TileDamage) => void,
): PassSurroundings {
  const { emit, clock } = around;
  progress.damaged.forEach(onDamage);
  heard.takeUp(progress.warnings);
  return {
    emit,
    clock,
    checkStop: () => checkStop(around),
    onDamage,
    onChunk: (done, damage, report) => journal.add({ ...done, damaged: damage, warnings: heard.fresh(), report }),
  };
}

async function createOutput(
  request: MosaicRequest,
  made: Prepared,
  { background, borders, earlier }: { background: BackgroundReport | null; borders: BorderValues; earlier: Earlier },
  around: Surroundings,
): Promise<Begun> {
  // What was really done, where the options left it open.
  const options = { ...request.options, kernel: made.kernel };
  const { device, tiles, opened, grid, facts } = made;
  const path = made.outputs?.mosaic ?? '';
  const cards = (date: string | null) =>
    outputCards(tiles, { version: around.version, options, date, background, borders });
  const date = outputDate(options.reproducible, around.environment.SOURCE_DATE_EPOCH, Date.now);
  const levels = background?.channels.map((channel) => channel.tiles) ?? null;
  const states = await made.unpacked.states(filesOf(opened, options));
  const { version, engine, emit, clock } = around;
  const dated = cards(options.reproducible ? date : null);
  const shape = { width: grid.width, height: grid.height, channels: made.channels, tiles: opened.length };
  const work = { version, backend: facts.backend, options, tiles: opened, grid, shape, levels, cards: dated };
  const mark = markOf(work, states);
  const apart = madeApart(made);
  const begun = await beginOutput({ path, options, mark, date, cards, apart, pid: process.pid }, earlier, {
    ...{ engine, device, emit, clock },
  });
  const { rows } = begun.journal;
  if (begun.finished !== null) {
    const message = lineOf({
      path,
      reason: 'was complete already when an earlier run was ended: nothing of it is made again',
    });
    around.emit({ event: 'info', code: 'resumed', message });
  } else if (rows > 0) {
    const message = `resuming an interrupted run: ${rowsOf(rows, made)} are done; --no-resume starts over`;
    around.emit({ event: 'info', code: 'resumed', message });
  }
  return begun;
}

/** Finished and total rows in words, over all channels. */
function rowsOf(rows: number, { channels, grid }: Prepared): string {
  const each = channels === 1 ? '' : ` of ${channels} channels`;
  return `${rows} of ${channels * grid.height} rows${each}`;
}

/** Cleans up after a failure: keeps finished chunks and their journal for a later run, or leaves nothing. */
async function leave(error: unknown, made: Prepared, journal: Journal | null): Promise<unknown> {
  const worthless = error instanceof AppError && ['nothing_read', 'lost'].includes(error.code);
  if (journal === null || !journal.holds || worthless) {
    made.device.abandon(false);
    journal?.remove();
    return error;
  }
  try {
    await journal.settle();
  } catch {
    // The next run finds that these rows are missing, and makes them again.
  }
  made.device.abandon(true);
  journal.close();
  if (!(error instanceof AppError)) return error;
  const kept = `${rowsOf(journal.rows, made)} are kept: the same command resumes from there; with --no-resume it starts over`;
  return new AppError(error.exit, error.code, `${error.message}; ${kept}`, { cause: error });
}

function checkStop(around: Surroundings): void {
  const exit = around.stop();
  if (exit !== null) throw new AppError(exit, 'stopped', 'stopped by signal before the output was complete');
}

async function finish(device: Device, journal: Journal): Promise<FinishFacts> {
  try {
    // If this is ended before the journal is removed, the same command finds out what is in its place already.
    await journal.placing(await device.complete());
    return await device.finish();
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
}

/** A tile with rows that could not be read counts as partly skipped. */
function exitOf(
  { options }: MosaicRequest,
  made: Prepared,
  { damaged, failed }: { damaged: Map<string, string>; failed: boolean },
): ExitCode {
  if (options.strict && (made.skipped.length > 0 || damaged.size > 0)) return Exit.skipped;
  return failed ? Exit.extra : Exit.done;
}
