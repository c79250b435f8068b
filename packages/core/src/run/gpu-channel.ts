import type { CapSnapshot } from '../budget/cap.ts';
import { planChunks } from '../budget/chunk-plan.ts';
import { type DevicePlan, type DevicePlanner, planReasons, planRows } from '../budget/device-plan.ts';
import { MB } from '../budget/host-budget.ts';
import { budgetOf, type ChannelBudget, type PlanHints, refreshBudget, withReasons } from '../budget/policy.ts';
import { refreshFields, refreshLines } from '../budget/refresh-line.ts';
import { type DebugLevers, oomsFor, pretendedFor } from '../debug/levers.ts';
import type { ChunkOutcome, Device, TileDamage } from '../device.ts';
import { AppError, asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { addChunk, type ChannelReport, rowsSoFar } from '../report/report.ts';
import { type AttemptPort, type AttemptResult, attemptChannel, type ChunkTry, type Note } from '../retry/attempt.ts';
import { fallbackLine, growthLine, retryLine } from '../retry/lines.ts';
import type { Fresh, Outcome, RetryRules } from '../retry/state.ts';
import type { OnChunk } from './channel.ts';

/** What a run on a GPU decided at its start. */
export interface GpuRun {
  backend: string;
  snapshot: CapSnapshot;
  hints: PlanHints;
  planner: DevicePlanner;
  /** Of one channel, as it looks before the first. */
  plan: DevicePlan;
  levers: DebugLevers;
  /** Bytes of a chunk on the CPU, for what the device cannot do. */
  cpuBudget: number;
  rules: RetryRules;
  /** A mosaic tells its policy; other callers keep it for --debug. */
  tells: boolean;
}

export interface GpuChannelWork {
  /** From 1. */
  channel: number;
  channels: number;
  emit: Emit;
  clock: () => number;
  /** Throws when the run is to stop; asked between chunks. */
  checkStop: () => void;
  onDamage: (damage: TileDamage) => void;
  /** Told of every finished chunk, once the report has it. */
  onChunk: OnChunk;
  /** Filled in as chunks finish; the rows that it has already are not made again. */
  report: ChannelReport;
}

/** One channel on the device as far as that goes, the rest on the CPU. `deviceLost`: later channels need not try. */
export async function runGpuChannel(
  device: Device,
  run: GpuRun,
  work: GpuChannelWork,
): Promise<{ deviceLost: boolean }> {
  const { channel, report } = work;
  const start = work.clock() - 1000 * report.seconds;
  setLevers(device, run.levers, channel);
  const probe = await device.probe();
  const budget = refresh(run, probe?.free ?? null);
  tell(run, work, budget);
  report.budget_mb = budget.budgetBytes / MB;
  report.cap_mb = budget.capBytes / MB;
  report.free_vram_mb = budget.kind === 'fresh' ? budget.freeBytes / MB : null;

  const port = new ChannelPort(device, run, work, start);
  const limits = { bytes: budget.budgetBytes, rows: budget.rowsHint };
  const height = run.planner.pass.height;
  const result = await attemptChannel(port, { row0: report.rows_done, height, limits, rules: run.rules });
  report.seconds = (work.clock() - start) / 1000;
  if (result.ended === 'refused') throw refused(result);
  work.emit({ event: 'channel.done', ...report });
  return { deviceLost: result.fallback?.scope === 'run' };
}

/** Makes probes and allocations of a channel what the debug levers say. */
export function setLevers(device: Device, levers: DebugLevers, channel: number): void {
  if (levers.vram === null) return;
  const { freeBytes, grantBytes } = pretendedFor(levers.vram, channel);
  device.setLevers({
    noProbe: freeBytes === null,
    ...(grantBytes === null ? {} : { grant: grantBytes }),
    ...(freeBytes === null ? {} : { memory: { free: freeBytes, total: levers.vram.totalBytes ?? freeBytes } }),
  });
}

function refresh(run: GpuRun, freeBytes: number | null): ChannelBudget {
  const budget = refreshBudget(run.snapshot, freeBytes, run.planner.pass.height, run.hints);
  if (budget.kind === 'unavailable') return budget;
  return withReasons(budget, planReasons(run.planner, 0, { bytes: budget.budgetBytes, rows: budget.rowsHint }));
}

function tell(run: GpuRun, { channel, channels, emit }: GpuChannelWork, budget: ChannelBudget): void {
  if (budget.kind === 'fresh') emit({ event: 'channel.refresh', ...refreshFields(budget, channel, channels) });
  for (const message of refreshLines(budget, channel, channels)) {
    emit({ event: run.tells ? 'info' : 'debug', code: 'vram_refresh', message });
  }
}

function refused({ fallback }: AttemptResult): AppError {
  const message = fallback?.message ?? 'the GPU could not make this channel';
  return new AppError(Exit.backend, fallback?.reason ?? 'failed', `${message}; drop --no-cpu-fallback to use the CPU`);
}

/** What the loop of attempts drives: this channel's chunks on this device. */
class ChannelPort implements AttemptPort {
  private readonly report: ChannelReport;
  /** Chunks that an earlier run made of this channel. */
  private readonly before: number;

  constructor(
    private readonly device: Device,
    private readonly run: GpuRun,
    private readonly work: GpuChannelWork,
    /** When the channel's time began. */
    private readonly start: number,
  ) {
    this.report = work.report;
    this.before = this.report.chunks;
  }

  plan(row0: number, limits: { bytes: number; rows: number }) {
    return planRows(this.run.planner, row0, limits);
  }

  async runChunk(chunk: ChunkTry): Promise<Outcome> {
    const { channel } = this.work;
    this.work.checkStop();
    const number = this.before + chunk.chunk;
    const fails = chunk.attempt <= oomsFor(this.run.levers.ooms, channel, number);
    if (this.run.levers.ooms.length > 0) this.device.injectOom(fails ? 1 : 0);
    const outcome = await this.make('device', chunk.row0, chunk.rows, chunk.next, chunk.maxBytes);
    this.report.attempts += 1;
    if (outcome.kind === 'done') await this.finished(outcome, number, chunk, chunk.bytes);
    return asOutcome(outcome);
  }

  async reclaim(): Promise<void> {
    await this.device.reclaim();
  }

  async probe(): Promise<Fresh | null> {
    const memory = await this.device.probe();
    const budgetBytes = budgetOf(this.run.snapshot, memory?.free ?? null);
    return memory === null || budgetBytes === null ? null : { freeBytes: memory.free, budgetBytes };
  }

  async runCpu(row0: number, height: number): Promise<void> {
    const { planner, cpuBudget } = this.run;
    const cuts = planChunks(planner.pass, cpuBudget, planner.chunkRows).chunks;
    const chunks = cuts
      .map((cut) => ({ row0: Math.max(cut.row0, row0), end: Math.min(cut.row0 + cut.rows, height) }))
      .filter((cut) => cut.end > cut.row0)
      .map((cut) => ({ row0: cut.row0, rows: cut.end - cut.row0 }));
    for (const [at, chunk] of chunks.entries()) {
      this.work.checkStop();
      const outcome = await this.make('cpu', chunk.row0, chunk.rows, chunks[at + 1] ?? null, null);
      if (outcome.kind !== 'done') {
        throw new AppError(Exit.backend, outcome.kind, outcome.message ?? `the CPU reports ${outcome.kind}`);
      }
      this.report.cpu_chunks += 1;
      await this.finished(outcome, this.report.chunks + 1, chunk, 0);
    }
  }

  emit(note: Note): void {
    const { channel, channels, emit } = this.work;
    const { backend } = this.run;
    if (note.kind === 'fallback') {
      this.report.fallback = { reason: note.reason, row0: note.row0, message: note.message };
      emit({ event: 'backend.fallback', from: backend, to: 'cpu', reason: note.reason, channel, row0: note.row0 });
      emit({ event: 'warning', code: 'backend_fallback', message: fallbackLine(note, channel, channels) });
      return;
    }
    if (note.kind === 'growth') {
      emit({ event: 'info', code: 'chunk_growth', message: growthLine(note) });
      return;
    }
    this.report.retries += 1;
    emit({
      event: 'oom.retry',
      channel,
      retry: note.retry,
      limit: note.limit,
      max_chunk_mb: note.maxBytes / MB,
      rows: note.rows,
      free_vram_mb: note.freeBytes === null ? null : note.freeBytes / MB,
    });
    emit({ event: 'warning', code: 'oom_retry', message: retryLine(note) });
  }

  private async make(
    on: 'cpu' | 'device',
    row0: number,
    rows: number,
    next: { row0: number; rows: number } | null,
    maxBytes: number | null,
  ): Promise<ChunkOutcome> {
    try {
      return await this.device.runChunk({
        on,
        channel: this.work.channel - 1,
        channels: 1,
        row0,
        rows,
        ...(maxBytes === null ? {} : { maxBytes }),
        ...(next === null ? {} : { nextRow0: next.row0, nextRows: next.rows }),
      });
    } catch (error) {
      throw asAppError(error, Exit.unexpected);
    }
  }

  private async finished(
    outcome: ChunkOutcome,
    chunk: number,
    { row0, rows }: { row0: number; rows: number },
    estimate: number,
  ): Promise<void> {
    outcome.damaged.forEach(this.work.onDamage);
    addChunk(this.report, outcome);
    this.report.chunks += 1;
    this.report.rows_per_chunk = Math.max(this.report.rows_per_chunk, rows);
    this.report.estimated_bytes = Math.max(this.report.estimated_bytes, estimate);
    this.report.rows_done += rows;
    const { channel, emit, clock, onChunk } = this.work;
    this.report.seconds = (clock() - this.start) / 1000;
    const done = { channel: channel - 1, channels: 1, row0, rows, sums: outcome.sums };
    await onChunk(done, outcome.damaged, this.report);
    const height = this.run.planner.pass.height;
    emit({
      event: 'chunk.done',
      channel,
      chunk,
      // How many there will be follows from how many rows there are and how tall they have been.
      chunks: Math.max(chunk, Math.ceil((chunk * height) / this.report.rows_done)),
      rows,
      ...rowsSoFar(this.report, height),
      ms: outcome.ms,
      peak_bytes: outcome.peakBytes,
    });
  }
}

function asOutcome(outcome: ChunkOutcome): Outcome {
  const message = outcome.message ?? outcome.kind;
  switch (outcome.kind) {
    case 'done':
      return { kind: 'done' };
    case 'oom':
      return {
        kind: 'oom',
        asked: outcome.asked ?? 0,
        free: outcome.free ?? null,
        total: outcome.total ?? null,
        at: outcome.at ?? 'a buffer',
      };
    case 'too_big_ever':
      return { kind: 'tooBigEver', message };
    case 'device_lost':
      return { kind: 'deviceLost', message };
    default:
      return { kind: 'failed', message };
  }
}
