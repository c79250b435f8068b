import { planChunks } from '../budget/chunk-plan.ts';
import { planReasons, planRows } from '../budget/device-plan.ts';
import { budgetOf, type ChannelBudget, refreshBudget, withReasons } from '../budget/policy.ts';
import { refreshFields, refreshLines } from '../budget/refresh-line.ts';
import { oomsFor } from '../debug/levers.ts';
import { setLevers } from '../debug/set-levers.ts';
import type { ChunkOutcome, Device } from '../device.ts';
import { AppError, Exit } from '../error.ts';
import type { GpuRun } from '../plan/gpu-run.ts';
import { type AttemptPort, type AttemptResult, attemptChannel, type ChunkTry, type Note } from '../retry/attempt.ts';
import { fallbackLine, growthLine, retryLine } from '../retry/lines.ts';
import type { Fresh, Outcome } from '../retry/state.ts';
import { MB } from '../units.ts';
import { Pass, type PassWork } from './pass.ts';

/**
 * Makes one channel on the device as far as it can, and the rest on the CPU. `deviceLost`: later channels need not try.
 */
export async function runOnDevice(device: Device, run: GpuRun, work: PassWork): Promise<{ deviceLost: boolean }> {
  const { channel, height, report } = work;
  const pass = new Pass(device, work);
  setLevers(device, run.levers, channel);
  const probe = await device.probe();
  const budget = refresh(run, height, probe?.free ?? null);
  tell(run, work, budget);
  report.budget_mb = budget.budgetBytes / MB;
  report.cap_mb = budget.capBytes / MB;
  report.free_vram_mb = budget.kind === 'fresh' ? budget.freeBytes / MB : null;

  const limits = { bytes: budget.budgetBytes, rows: budget.rowsHint };
  const port = new DevicePort(device, run, pass);
  const result = await attemptChannel(port, { row0: report.rows_done, height, limits, rules: run.rules });
  if (result.ended === 'refused') throw refused(result);
  pass.end();
  return { deviceLost: result.fallback?.scope === 'run' };
}

function refresh(run: GpuRun, height: number, freeBytes: number | null): ChannelBudget {
  const budget = refreshBudget(run.snapshot, freeBytes, height, run.hints);
  if (budget.kind === 'unavailable') return budget;
  return withReasons(budget, planReasons(run.planner, 0, { bytes: budget.budgetBytes, rows: budget.rowsHint }));
}

function tell(run: GpuRun, { channel, of, emit }: PassWork, budget: ChannelBudget): void {
  if (budget.kind === 'fresh') emit({ event: 'channel.refresh', ...refreshFields(budget, channel, of) });
  for (const message of refreshLines(budget, channel, of)) {
    emit({ event: run.tells ? 'info' : 'debug', code: 'vram_refresh', message });
  }
}

function refused({ fallback }: AttemptResult): AppError {
  const message = fallback?.message ?? 'the GPU could not make this channel';
  return new AppError(Exit.backend, fallback?.reason ?? 'failed', `${message}; drop --no-cpu-fallback to use the CPU`);
}

/** What the retry loop drives: the chunks of this pass on this device. */
class DevicePort implements AttemptPort {
  /** Chunks of this pass that an earlier run made. */
  private readonly before: number;
  /** Once memory ran out, the rows that the user demands are the most that a chunk gets. */
  private shrunken = false;

  constructor(
    private readonly device: Device,
    private readonly run: GpuRun,
    private readonly pass: Pass,
  ) {
    this.before = pass.work.report.chunks;
  }

  plan(row0: number, limits: { bytes: number; rows: number }) {
    const { planner } = this.run;
    if (!this.shrunken || planner.chunkRows === null) return planRows(planner, row0, limits);
    const rows = Math.min(limits.rows, planner.chunkRows);
    return planRows({ ...planner, chunkRows: null }, row0, { ...limits, rows });
  }

  async runChunk({ chunk, attempt, row0, rows, bytes, maxBytes, next }: ChunkTry): Promise<Outcome> {
    const { channel, report } = this.pass.work;
    const { ooms } = this.run.levers;
    if (ooms.length > 0) this.device.injectOom(attempt <= oomsFor(ooms, channel, this.before + chunk) ? 1 : 0);
    report.attempts += 1;
    const outcome = asOutcome(await this.pass.try({ row0, rows, maxBytes, estimate: bytes, next, toCome: null }));
    this.shrunken ||= outcome.kind === 'oom';
    return outcome;
  }

  async reclaim(): Promise<void> {
    await this.device.reclaim();
  }

  async probe(): Promise<Fresh | null> {
    const memory = await this.device.probe();
    const budgetBytes = budgetOf(this.run.snapshot, memory?.free ?? null);
    return memory === null || budgetBytes === null ? null : { freeBytes: memory.free, budgetBytes };
  }

  async runCpu(): Promise<void> {
    const { planner, cpuBudget } = this.run;
    await this.pass.onCpu(planChunks(planner.pass, cpuBudget, planner.chunkRows));
  }

  emit(note: Note): void {
    const { channel, of, report, emit } = this.pass.work;
    if (note.kind === 'fallback') {
      const { reason, row0, message } = note;
      report.fallback = { reason, row0, message };
      emit({ event: 'backend.fallback', from: this.run.backend, to: 'cpu', reason, channel: channel + 1, row0 });
      emit({ event: 'warning', code: 'backend_fallback', message: fallbackLine(note, channel, of) });
      return;
    }
    if (note.kind === 'growth') {
      emit({ event: 'info', code: 'chunk_growth', message: growthLine(note) });
      return;
    }
    report.retries += 1;
    emit({
      event: 'oom.retry',
      channel: channel + 1,
      retry: note.retry,
      limit: note.limit,
      max_chunk_mb: note.maxBytes / MB,
      rows: note.rows,
      free_vram_mb: note.freeBytes === null ? null : note.freeBytes / MB,
    });
    emit({ event: 'warning', code: 'oom_retry', message: retryLine(note) });
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
