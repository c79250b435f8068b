import { writeFile } from 'node:fs/promises';
import { matchBackground } from './background.ts';
import { MB } from './budget/host-budget.ts';
import { type ChannelWork, runChannel } from './channel.ts';
import type { MosaicRequest } from './config/options.ts';
import type { Engine, FinishFacts } from './device.ts';
import { AppError, asAppError, describe, Exit, type ExitCode } from './error.ts';
import type { Emit, Origin } from './event.ts';
import { runGpuChannel } from './gpu-channel.ts';
import { outputCards } from './header/cards.ts';
import { outputDate } from './header/date.ts';
import { type Prepared, prepare } from './prepare.ts';
import { type BackgroundReport, type ChannelReport, newReport, type Summary } from './report/report.ts';
import { buildReport } from './report/run-report.ts';

export const PREVIEW_SIDE = 2048;

export interface Surroundings {
  engine: Engine;
  emit: Emit;
  version: string;
  /** Every option's value and where it came from, under its name on the command line. */
  effective: Record<string, unknown>;
  origins: Record<string, Origin>;
  environment: Record<string, string | undefined>;
  /** Milliseconds. */
  clock: () => number;
  /** Exit code of the signal that asked to stop; null while none did. */
  stop: () => ExitCode | null;
  /** Told how to drop an unfinished output at once; null when there is none any more. */
  track: (abandon: (() => void) | null) => void;
}

export interface MosaicResult {
  exit: ExitCode;
  outputs: string[];
}

/**
 * The run: inputs -> grid -> background -> channels -> outputs.
 * @throws AppError for every expected failure. Until the mosaic is complete nothing is left at its place; a preview or
 * report that fails after that leaves the mosaic, and its message says so.
 */
export async function mosaic(request: MosaicRequest, around: Surroundings): Promise<MosaicResult> {
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
  try {
    emit({ event: 'plan', ...made.facts });
    warnOfPlan(made, emit);
    checkStop(around);
    around.track(() => made.device.abandon());
    background = await matchBackground(request.options, made, emit);
    checkStop(around);
    createOutput(request, made, background, around);
    channels = await runChannels(made, around, damaged);
    checkStop(around);
    finished = await finish(made);
  } catch (error) {
    made.device.abandon();
    throw error;
  } finally {
    around.track(null);
  }
  const outputs = await extras(engine, made, finished);
  const summary: Summary = {
    outputs,
    tiles_used: made.tiles.length,
    tiles_skipped: made.skipped.length,
    coverage_fraction: coverage(made, channels),
    bytes: finished.bytes,
    seconds: (clock() - start) / 1000,
    report: made.outputs?.report ?? null,
  };
  if (summary.report !== null) {
    const report = buildReport({ request, around, made, background, channels, finished, damaged, summary });
    await writeText(summary.report, `${JSON.stringify(report, null, 2)}\n`);
  }
  emit({ event: 'run.done', ...summary });
  return { exit: exitOf(request, made, damaged), outputs };
}

function warnOfPlan(made: Prepared, emit: Emit): void {
  // What the process holds already counts as well.
  const chunk = made.gpu?.plan.hostBytes ?? made.plan.bytes;
  const needed = Math.ceil((chunk + made.host.peakRss) / MB);
  if (needed <= made.ram) return;
  emit({
    event: 'warning',
    code: 'over_memory',
    message: `the run needs ${needed} MB at its largest chunk, more than the ${made.ram} MB to be used: many or large tiles meet in it; raise --ram-mb`,
  });
}

function createOutput(
  request: MosaicRequest,
  made: Prepared,
  background: BackgroundReport | null,
  around: Surroundings,
): void {
  const { options } = request;
  const path = made.outputs?.mosaic ?? '';
  const { output_bytes: needed, disk_free: free } = made.facts;
  if (free !== null && needed > free) {
    throw new AppError(
      Exit.disk,
      'no_space',
      `${path} needs ${Math.ceil(needed / MB)} MB and its disk has ${Math.floor(free / MB)} MB free; free some or give -o another disk`,
    );
  }
  const date = outputDate(options.reproducible, around.environment.SOURCE_DATE_EPOCH, Date.now);
  try {
    made.device.createOutput({
      path,
      cards: outputCards(made.tiles, { version: around.version, options, date, background }),
      split: options.split,
      force: options.force,
      sync: !options.noSync,
    });
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
}

/** On the CPU all channels in one pass over the tiles; on a device one by one, each with its own probe. */
async function runChannels(
  made: Prepared,
  around: Surroundings,
  damaged: Map<string, string>,
): Promise<ChannelReport[]> {
  const common: CommonWork = {
    emit: around.emit,
    clock: around.clock,
    checkStop: () => checkStop(around),
    onDamage: ({ tile, message }) => {
      const path = made.opened[tile]?.path ?? `tile ${tile}`;
      if (damaged.has(path)) return;
      damaged.set(path, message);
      around.emit({ event: 'warning', code: 'tile_damaged', message: `${path}: ${message}`, path });
    },
  };
  if (made.gpu === null) return [await runCpuChannels(made, common, 0, made.channels)];
  const reports: ChannelReport[] = [];
  let lost = false;
  for (let channel = 1; channel <= made.channels; channel += 1) {
    if (lost) {
      reports.push(await runCpuChannels(made, common, channel - 1, 1));
      continue;
    }
    const done = await runGpuChannel(made.device, made.gpu, { ...common, channel, channels: made.channels });
    reports.push(done.report);
    lost = done.deviceLost;
  }
  return reports;
}

type CommonWork = Pick<ChannelWork, 'emit' | 'clock' | 'checkStop' | 'onDamage'>;

async function runCpuChannels(
  made: Prepared,
  common: CommonWork,
  channel: number,
  channels: number,
): Promise<ChannelReport> {
  const report = newReport(channel + 1, channels, made.channels, 'cpu');
  report.budget_mb = made.budget === null ? null : made.budget / MB;
  report.cap_mb = report.budget_mb;
  report.estimated_bytes = made.plan.bytes;
  await runChannel(made.device, { ...common, channel, channels, plan: made.plan, report });
  return report;
}

function checkStop(around: Surroundings): void {
  const exit = around.stop();
  if (exit !== null) throw new AppError(exit, 'stopped', 'stopped by signal; no output was written');
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
  if (made.outputs?.report) outputs.push(made.outputs.report);
  return outputs;
}

async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw afterTheMosaic(error, path);
  }
}

function afterTheMosaic(error: unknown, path: string): AppError {
  const { code, message } = describe(error);
  return new AppError(Exit.disk, code, `the mosaic is complete, but ${path} could not be written: ${message}`);
}

function coverage(made: Prepared, channels: readonly ChannelReport[]): number {
  const pixels = made.grid.width * made.grid.height;
  return channels.reduce((most, channel) => Math.max(most, channel.covered), 0) / Math.max(1, pixels);
}

/** A tile with rows that could not be read is a tile in part skipped. */
function exitOf(request: MosaicRequest, made: Prepared, damaged: Map<string, string>): ExitCode {
  const incomplete = made.skipped.length > 0 || damaged.size > 0;
  return request.options.strict && incomplete ? Exit.skipped : Exit.done;
}
