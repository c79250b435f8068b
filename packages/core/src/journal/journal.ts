import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Device } from '../device.ts';
import { asProblem, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { type Contents, type Head, parseJournal, type Record, toLine } from './record.ts';

/** Milliseconds between two waits for the disk, at least; more where they take long: 20 times as long as the last. */
const PACE = 5000;
const SHARE = 20;

export function journalPath(out: string): string {
  return `${out}.zemosaic-journal`;
}

/** The journal beside an output: null when there is none, `damaged` when it is none of ours or spoiled. */
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
  /** Whether the disk is waited for at all. */
  sync: boolean;
}

/**
 * The finished chunks of a run, written beside its output as they finish. Rows reach the file before their record, and
 * count later only if the file holds them: so records need not wait for the disk, and only now and then both do.
 */
export class Journal {
  private fd: number | null = null;
  private last: number;
  private pace = PACE;

  /** Begins the journal of `out` anew, with what is kept of an earlier one. Without a journal the run goes on as well. */
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

  /** Whether a later run could go on from here. */
  get holds(): boolean {
    return this.fd !== null && this.records.length > 0;
  }

  /** Rows of all passes that need not be made again. */
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

  /** Waits until the disk has what is recorded, and then the records. */
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

  /** The run is done, or has left nothing to go on with. */
  remove(): void {
    this.close();
    try {
      rmSync(journalPath(this.out), { force: true });
    } catch {
      // A journal without its output is ignored by the next run.
    }
  }

  /** Trouble with the journal costs the way back, not the run. */
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
