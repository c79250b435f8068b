import type { ChunkPlan } from '../budget/chunk-plan.ts';
import type { ChunkOutcome, Device, DoneRows, TileDamage } from '../device.ts';
import { type AppError, asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { addChunk, type ChannelReport, rowsSoFar } from '../report/report.ts';

/** Consecutive output rows. */
export interface Rows {
  row0: number;
  rows: number;
}

/** What all passes of a run share. */
export interface PassSurroundings {
  emit: Emit;
  clock: () => number;
  /** Throws when the run is to stop; called before each chunk. */
  checkStop: () => void;
  onDamage: (damage: TileDamage) => void;
  /** Called for every finished chunk, after the report was updated. */
  onChunk: (done: DoneRows, damaged: TileDamage[], report: ChannelReport) => Promise<void>;
}

export interface PassWork extends PassSurroundings {
  /** First channel, from 0; how many are made together; how many the run has. */
  channel: number;
  channels: number;
  of: number;
  /** Rows of the output. */
  height: number;
  /** Updated as chunks finish; rows that it already has are not made again. */
  report: ChannelReport;
}

/** One attempt at one chunk. */
export interface ChunkOrder extends Rows {
  /** The most bytes the device may use; null on the CPU. */
  maxBytes: number | null;
  /** The bytes that the plan estimated for it. */
  estimate: number;
  /** Rows to read ahead during this chunk. */
  next: Rows | null;
  /** Chunks after this one; null when that is not yet known. */
  toCome: number | null;
}

/**
 * One pass over the output, from the first row that the report lacks: each chunk is cut, made and reported in the same
 * way for a CPU run, for a device, and for the CPU in place of a device.
 */
export class Pass {
  readonly #start: number;

  constructor(
    private readonly device: Device,
    readonly work: PassWork,
  ) {
    this.#start = work.clock() - 1000 * work.report.seconds;
  }

  /** Makes a chunk; the outcome says whether it was made, or why not. */
  async try(order: ChunkOrder): Promise<ChunkOutcome> {
    const { work } = this;
    work.checkStop();
    let outcome: ChunkOutcome;
    try {
      outcome = await this.device.runChunk({
        on: order.maxBytes === null ? { processor: 'cpu' } : { processor: 'device', maxBytes: order.maxBytes },
        channel: work.channel,
        channels: work.channels,
        row0: order.row0,
        rows: order.rows,
        ...(order.next === null ? {} : { nextRow0: order.next.row0, nextRows: order.next.rows }),
      });
    } catch (error) {
      throw asAppError(error, Exit.unexpected);
    }
    outcome.damaged.forEach(work.onDamage);
    if (outcome.kind === 'done') await this.#finished(order, outcome);
    return outcome;
  }

  /** Makes all remaining rows on the CPU. A chunk that fails there ends the run, because nothing else can make it. */
  async onCpu(plan: ChunkPlan): Promise<void> {
    const { report } = this.work;
    const chunks = remaining(plan, report.rows_done);
    for (const [at, chunk] of chunks.entries()) {
      const toCome = chunks.length - at - 1;
      const outcome = await this.try({ ...chunk, maxBytes: null, estimate: 0, next: chunks[at + 1] ?? null, toCome });
      if (outcome.kind !== 'done') throw refusal(outcome, chunk);
    }
  }

  end(): void {
    const { report, emit } = this.work;
    report.seconds = this.#seconds();
    emit({ event: 'channel.done', ...report });
  }

  async #finished({ row0, rows, maxBytes, estimate, toCome }: ChunkOrder, outcome: ChunkOutcome): Promise<void> {
    const { channel, channels, height, report, emit, onChunk } = this.work;
    addChunk(report, outcome);
    report.chunks += 1;
    if (maxBytes === null && report.backend !== 'cpu') report.cpu_chunks += 1;
    report.rows_per_chunk = Math.max(report.rows_per_chunk, rows);
    report.estimated_bytes = Math.max(report.estimated_bytes, estimate);
    report.rows_done += rows;
    report.seconds = this.#seconds();
    await onChunk({ channel, channels, row0, rows, sums: outcome.sums }, outcome.damaged, report);
    emit({
      event: 'chunk.done',
      channel: channel + 1,
      chunk: report.chunks,
      chunks: report.chunks + (toCome ?? Math.ceil((report.chunks * (height - report.rows_done)) / report.rows_done)),
      rows,
      ...rowsSoFar(report, height),
      ms: outcome.ms,
      peak_bytes: outcome.peakBytes,
    });
  }

  #seconds(): number {
    return (this.work.clock() - this.#start) / 1000;
  }
}

/** The chunks of a plan that remain once the rows above `from` are done. */
function remaining({ chunks }: ChunkPlan, from: number): Rows[] {
  return chunks.flatMap(({ row0, rows }) => {
    const first = Math.max(row0, from);
    return first < row0 + rows ? [{ row0: first, rows: row0 + rows - first }] : [];
  });
}

function refusal(outcome: ChunkOutcome, { row0, rows }: Rows): AppError {
  const what = outcome.message ?? `the engine reports ${outcome.kind}`;
  const message = `rows ${row0} to ${row0 + rows - 1} could not be made: ${what}`;
  return asAppError(Object.assign(new Error(message), { code: outcome.code ?? outcome.kind }), Exit.backend);
}
