import { existsSync } from 'node:fs';
import type { MosaicRequest } from './config/options.ts';
import type { Engine, FinishFacts, TileDamage } from './device.ts';
import { AppError, asAppError, Exit, type ExitCode, fileError, lineOf } from './error.ts';
import type { PlanFacts } from './event.ts';
import { outputCards } from './header/cards.ts';
import { outputDate } from './header/date.ts';
import { type Begun, beginOutput } from './journal/begin.ts';
import { fingerprint } from './journal/fingerprint.ts';
import { type Journal, journalPath } from './journal/journal.ts';
import { warnOfMemory } from './plan/memory-warning.ts';
import { type Prepared, prepare } from './plan/prepare.ts';
import type { BackgroundReport, ChannelReport, Summary } from './report/report.ts';
import { buildReport } from './report/run-report.ts';
import { Warnings } from './report/warnings.ts';
import { afterTheMosaic, writeReport } from './report/write.ts';
import { matchBackground } from './run/background.ts';
import { type Borders, findBorders } from './run/borders.ts';
import { runChannels } from './run/channels.ts';
import type { PassSurroundings } from './run/pass.ts';
import { coverage, emptyTiles, refuseNothingRead } from './run/yield.ts';
import type { Surroundings } from './surroundings.ts';
import { distinct } from './tiles/channels.ts';
import { brokenFor } from './tiles/skipped.ts';
import { MB } from './units.ts';

export const PREVIEW_SIDE = 2048;

export interface MosaicResult {
  exit: ExitCode;
  outputs: string[];
}

const OVERFLOW =
  'some pixels have no value because their sums or samples are too large for a float32; bring the tiles to smaller numbers';
const NOTHING_COVERED =
  'no tile has a pixel with data on this grid: the mosaic is empty; `zemosaic inspect` counts what the tiles hold';

/**
 * The run: inputs -> grid -> background -> channels -> outputs.
 * @throws AppError for every expected failure. Until the mosaic is complete nothing is at its place, and what is finished
 * of it is kept beside; a preview or report that fails after that leaves the mosaic, and its message says so.
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
  const made = await prepare(engine, request, around.environment, emit);
  const damaged = new Map<string, string>();
  let background: BackgroundReport | null;
  let channels: ChannelReport[];
  let finished: FinishFacts;
  let begun: Begun | null = null;
  let resumed: number;
  try {
    emit({ event: 'plan', ...made.facts });
    warnOfMemory(made, emit);
    checkStop(around);
    const borders = await findBorders(request.options, made, emit);
    checkStop(around);
    background = await matchBackground(request.options, made, emit);
    checkStop(around);
    begun = createOutput(request, made, { background, borders }, around);
    resumed = begun.journal.rows;
    channels = await runChannels(made, begun.progress, takeUp(begun, made, around, heard, damaged));
    checkStop(around);
    refuseNothingRead(made, channels, damaged);
    // Rows that an earlier run made may have shown what this one did not see.
    if (resumed === 0) emptyTiles(made, channels, damaged).forEach(emit);
    if (channels.some(({ overflow }) => overflow)) emit({ event: 'warning', code: 'overflow', message: OVERFLOW });
    finished = await finish(made);
    begun.journal.remove();
  } catch (error) {
    throw await leave(error, made, begun?.journal ?? null);
  }
  const covered = coverage(made, channels);
  if (covered === 0) emit({ event: 'warning', code: 'nothing_covered', message: NOTHING_COVERED });
  const outputs = await extras(engine, made, finished);
  const summary: Summary = {
    outputs,
    tiles_used: distinct(made.tiles).length,
    tiles_skipped: made.skipped.length,
    coverage_fraction: covered,
    bytes: finished.bytes,
    seconds: (clock() - start) / 1000,
    report: made.outputs?.report ?? null,
    warnings: heard.counts(),
  };
  if (summary.report !== null) {
    const warnings = heard.byKind();
    const report = buildReport({
      request,
      around,
      made,
      background,
      channels,
      finished,
      resumed,
      damaged,
      warnings,
      summary,
    });
    await writeReport(report, engine, made);
  }
  emit({ event: 'run.done', ...summary });
  return { exit: exitOf(request, made, damaged), outputs };
}

/** What the passes are given. Damage and warnings of an earlier run apply to the mosaic too, so they are reported first. */
function takeUp(
  { journal, progress }: Begun,
  made: Prepared,
  around: Surroundings,
  heard: Warnings,
  damaged: Map<string, string>,
): PassSurroundings {
  const { emit, clock } = around;
  const onDamage = ({ tile, problem }: TileDamage) => {
    const spec = made.opened[tile]?.spec;
    const broken = spec === undefined ? { path: `tile ${tile}`, ...problem } : brokenFor(spec, problem);
    const { path, reason } = broken;
    if (damaged.has(path)) return;
    damaged.set(path, reason);
    emit({ event: 'warning', code: 'tile_damaged', message: lineOf(broken), path, reason });
  };
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

function createOutput(
  request: MosaicRequest,
  made: Prepared,
  { background, borders }: { background: BackgroundReport | null; borders: Borders },
  around: Surroundings,
): Begun {
  // What was really done, where the options left it open.
  const options = { ...request.options, kernel: made.kernel };
  const { device, tiles, grid, facts } = made;
  const path = made.outputs?.mosaic ?? '';
  if (!existsSync(journalPath(path))) refuseWithoutRoom(path, facts);
  const cards = (date: string | null) =>
    outputCards(tiles, { version: around.version, options, date, background, borders });
  const date = outputDate(options.reproducible, around.environment.SOURCE_DATE_EPOCH, Date.now);
  const levels = background?.channels.map((channel) => channel.tiles) ?? null;
  const mark = { version: around.version, backend: facts.backend, options, tiles: made.opened, grid, levels };
  const dated = cards(options.reproducible ? date : null);
  const begun = beginOutput(
    {
      path,
      options,
      fingerprint: fingerprint({ ...mark, cards: dated }),
      date,
      cards,
      apart: made.passes.length > 1 || (made.gpu !== null && made.channels > 1),
      pid: process.pid,
    },
    { device, emit: around.emit, clock: around.clock },
  );
  const { rows } = begun.journal;
  if (rows > 0) {
    const message = `resuming an interrupted run: ${rowsOf(rows, made)} are done; --no-resume starts over`;
    around.emit({ event: 'info', code: 'resumed', message });
  }
  return begun;
}

/** Only for a new output: an unfinished one already occupies its space, which the engine takes into account. */
function refuseWithoutRoom(path: string, { output_bytes: needed, disk_free: free }: PlanFacts): void {
  if (free === null || needed <= free) return;
  const reason = `needs ${Math.ceil(needed / MB)} MB and its disk has ${Math.floor(free / MB)} MB free; free some space, or choose another disk with -o`;
  throw fileError(Exit.disk, 'no_space', path, reason);
}

/** Finished and total rows in words, over all channels. */
function rowsOf(rows: number, { channels, grid }: Prepared): string {
  const each = channels === 1 ? '' : ` of ${channels} channels`;
  return `${rows} of ${channels * grid.height} rows${each}`;
}

/** Cleans up after a failure: keeps finished chunks and their journal for a later run, or leaves nothing. */
async function leave(error: unknown, made: Prepared, journal: Journal | null): Promise<unknown> {
  const worthless = error instanceof AppError && error.code === 'nothing_read';
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

async function finish(made: Prepared): Promise<FinishFacts> {
  try {
    return await made.device.finish();
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
}

async function extras(engine: Engine, made: Prepared, finished: FinishFacts): Promise<string[]> {
  const outputs = [...finished.paths];
  const preview = made.outputs?.preview;
  if (preview) {
    try {
      await engine.writePreview(made.outputs?.mosaic ?? '', preview, PREVIEW_SIDE);
    } catch (error) {
      throw afterTheMosaic(error, preview);
    }
    outputs.push(preview);
  }
  for (const path of [made.outputs?.report, made.outputs?.page]) if (path) outputs.push(path);
  return outputs;
}

/** A tile with rows that could not be read counts as partly skipped. */
function exitOf(request: MosaicRequest, made: Prepared, damaged: Map<string, string>): ExitCode {
  const incomplete = made.skipped.length > 0 || damaged.size > 0;
  return request.options.strict && incomplete ? Exit.skipped : Exit.done;
}
