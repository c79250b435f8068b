import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Device } from '../device.ts';
import { asProblem, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { type Contents, type Head, parseJournal, type Record, toLine } from './record.ts';

/** Least milliseconds between two waits for the disk; on a slow disk, 20 times as long as the last wait took. */
const PACE = 5000;
const SHARE = 20;

export function journalPath(out: string): string {
  return `${out}.zemosaic-journal`;
}

/** The journal beside an output: null when there is none, `damaged` when it cannot be parsed. */
export function readJournal(out: string): Contents | 'damaged' | null {
  let text: string;
  try {
    text = readFileSync(journalPath(out), 'utf8');
  } catch {
    return null;
  }
  return parseJournal(text) ?? 'damaged';
}

interface Surroundings {
  device: Device;
  emit: Emit;
  clock: () => number;
  /** Whether to wait for the disk at all. */
  sync: boolean;
}

/**
 * The finished chunks of a run, recorded beside its output as they finish. A chunk's rows are written before its record, and
 * a later run accepts a record only if the file holds its rows. So a record need not wait for the disk: both are flushed
 * only now and then.
 */
export class Journal {
  private fd: number | null = null;
  private last: number;
  private pace = PACE;

  /** Begins a new journal for `out` with the records kept from an earlier one. If that fails, the run continues without. */
  constructor(
    private readonly out: string,
    head: Head,
    private readonly records: Record[],
    private readonly around: Surroundings,
  ) {
    this.last = around.clock();
    this.attempt(() => {
      const path = journalPath(out);
      const fresh = `${path}.new`;
      this.fd = openSync(fresh, 'w');
      for (const line of [head, ...records]) writeSync(this.fd, toLine(line));
      if (around.sync && records.length > 0) fsyncSync(this.fd);
      renameSync(fresh, path);
    });
  }

  /** Whether a later run could resume from here. */
  get holds(): boolean {
    return this.fd !== null && this.records.length > 0;
  }

  /** Finished rows, over all passes. */
  get rows(): number {
    return this.records.reduce((sum, record) => sum + record.rows * record.channels, 0);
  }

  async add(record: Record): Promise<void> {
    const { fd } = this;
    if (fd === null) return;
    this.records.push(record);
    this.attempt(() => writeSync(fd, toLine(record)));
    if (this.around.clock() - this.last >= this.pace) await this.settle();
  }

  /** Waits until the recorded rows are on the disk, and then the records. */
  async settle(): Promise<void> {
    const { device, clock, sync } = this.around;
    const { fd } = this;
    if (!sync || fd === null) return;
    const start = clock();
    await device.flush();
    this.attempt(() => fsyncSync(fd));
    this.last = clock();
    this.pace = Math.max(PACE, SHARE * (this.last - start));
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  /** For a run that is done, or that left nothing to resume. */
  remove(): void {
    this.close();
    try {
      rmSync(journalPath(this.out), { force: true });
    } catch {
      // A journal without its output is ignored by the next run.
    }
  }

  /** If the journal fails, the run can no longer be resumed, but it continues. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const path = journalPath(this.out);
      this.close();
      const reason = `cannot be written (${asProblem(error).reason}); if this run is stopped it cannot be resumed`;
      this.around.emit({ event: 'warning', code: 'journal_failed', message: lineOf({ path, reason }) });
    }
  }
}
