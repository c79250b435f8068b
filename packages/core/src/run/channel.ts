import type { ChunkPlan } from '../budget/chunk-plan.ts';
import type { ChunkOutcome, Device, DoneRows, TileDamage } from '../device.ts';
import { type AppError, asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { addChunk, type ChannelReport, rowsSoFar } from '../report/report.ts';

export interface ChannelWork {
  /** First channel, 0-based, and how many are done in this pass. */
  channel: number;
  channels: number;
  plan: ChunkPlan;
  /** Filled in as chunks finish. */
  report: ChannelReport;
  emit: Emit;
  clock: () => number;
  /** Throws when the run is to stop; asked between chunks. */
  checkStop: () => void;
  onDamage: (damage: TileDamage) => void;
  /** Told of every finished chunk, once the report has it. */
  onChunk: OnChunk;
}

export type OnChunk = (done: DoneRows, damaged: TileDamage[], report: ChannelReport) => Promise<void>;

/** Makes every chunk of one pass over the output, in order, from the first row that the report has not. */
export async function runChannel(device: Device, work: ChannelWork): Promise<void> {
  const { plan, report } = work;
  const start = work.clock() - 1000 * report.seconds;
  const from = report.rows_done;
  const height = plan.chunks.reduce((most, { row0, rows }) => Math.max(most, row0 + rows), 0);
  for (const [at, whole] of plan.chunks.entries()) {
    const row0 = Math.max(whole.row0, from);
    const chunk = { row0, rows: whole.row0 + whole.rows - row0 };
    if (chunk.rows <= 0) continue;
    work.checkStop();
    const next = plan.chunks[at + 1];
    let outcome: ChunkOutcome;
    try {
      outcome = await device.runChunk({
        on: { processor: 'cpu' },
        channel: work.channel,
        channels: work.channels,
        row0: chunk.row0,
        rows: chunk.rows,
        ...(next === undefined ? {} : { nextRow0: next.row0, nextRows: next.rows }),
      });
    } catch (error) {
      throw asAppError(error, Exit.unexpected);
    }
    outcome.damaged.forEach(work.onDamage);
    if (outcome.kind !== 'done') throw refusal(outcome, chunk.row0, chunk.rows);
    addChunk(report, outcome);
    report.chunks += 1;
    report.rows_done += chunk.rows;
    report.rows_per_chunk = Math.max(report.rows_per_chunk, chunk.rows);
    report.seconds = (work.clock() - start) / 1000;
    const { channel, channels } = work;
    await work.onChunk({ channel, channels, ...chunk, sums: outcome.sums }, outcome.damaged, report);
    work.emit({
      event: 'chunk.done',
      channel: work.channel + 1,
      chunk: at + 1,
      chunks: plan.chunks.length,
      rows: chunk.rows,
      ...rowsSoFar(report, height),
      ms: outcome.ms,
      peak_bytes: outcome.peakBytes,
    });
  }
  report.seconds = (work.clock() - start) / 1000;
  work.emit({ event: 'channel.done', ...report });
}

/** The CPU is the last resort: what it cannot do, nobody can. */
function refusal(outcome: ChunkOutcome, row0: number, rows: number): AppError {
  const what = outcome.message ?? `the engine reports ${outcome.kind}`;
  const message = `rows ${row0} to ${row0 + rows - 1} could not be made: ${what}`;
  return asAppError(Object.assign(new Error(message), { code: outcome.code ?? outcome.kind }), Exit.backend);
}
