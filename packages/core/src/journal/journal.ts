import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Device, OutputPart } from '../device.ts';
import { asProblem, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { journalPath, outputPaths } from '../inputs/output-paths.ts';
import { LONGEST, readSmallText } from '../small-text.ts';
import { nameOfNew, removeUnfinished } from './owner.ts';
import { type Contents, type Head, parseJournal, type Record, toLine } from './record.ts';

/** Least milliseconds between two waits for the disk; on a slow disk, 20 times as long as the last wait took. */
const PACE = 5000;
const SHARE = 20;

/**
 * The journal beside an output: null when there is none, `damaged` when it cannot be parsed, `foreign` when something else
 * has its name: a pipe for which nobody may wait, a link through which nobody may write, somebody's notes.
 */
export function readJournal(out: string): Contents | 'damaged' | 'foreign' | null {
  const path = journalPath(out);
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  } catch {
    // Of a folder that may not be entered, or a name that is too long, others tell.
    return null;
  }
  const text = textOf(path);
  if (text === null) return 'foreign';
  const found = parseJournal(text);
  if (found === null || found.parts === null) return found ?? 'damaged';
  const parts = placesOf(found.parts, found.head.run, out);
  return parts === null ? 'damaged' : { ...found, parts };
}

/** The files of an output, in its folder whatever it was called then; null where a name is not that of one of them. */
function placesOf(parts: readonly OutputPart[], run: string, out: string): OutputPart[] | null {
  const { mosaic, weight, alpha } = outputPaths(out, { split: parts.length > 1, preview: false, report: false });
  const names = [mosaic, weight, alpha].flatMap((path) => (path === null ? [] : [basename(path)]));
  const places = parts.flatMap((part, at) => {
    const name = names[at] ?? '';
    const partial = [`.${name}.partial`, `.${name}.${run}.partial`].find((one) => one === basename(part.partial));
    if (partial === undefined || basename(part.path) !== name) return [];
    return [{ ...part, path: join(dirname(out), name), partial: join(dirname(out), partial) }];
  });
  return places.length === names.length && parts.length === names.length ? places : null;
}

/** What a file of ours holds; null for anything else. */
function textOf(path: string): string | null {
  let fd: number | null = null;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    if (!fstatSync(fd).isFile()) return null;
    const text = readSmallText(fd, LONGEST.record);
    return text === '' || text.slice(0, MARK.length + 9).endsWith(MARK) ? text : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** What follows the first checksum. */
const MARK = '{"zemosaic_journal":';

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
    /** It is there already and only has to be removed. */
    placed = false,
  ) {
    this.last = around.clock();
    if (placed) return;
    this.attempt(() => {
      const path = journalPath(out);
      const there = lstatSync(path, { throwIfNoEntry: false });
      if (there !== undefined && textOf(path) === null) throw new Error('what has its name is no journal');
      // Created, never opened: whatever link or file has that name is nothing of ours.
      removeUnfinished(path, textOf);
      const fresh = nameOfNew(path, head);
      this.fd = openSync(fresh, 'wx');
      try {
        for (const line of [head, ...records]) writeSync(this.fd, toLine(line));
        if (around.sync && records.length > 0) fsyncSync(this.fd);
        renameSync(fresh, path);
      } catch (error) {
        rmSync(fresh, { force: true });
        throw error;
      }
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

  /** The output is complete, and its files are put in their places next: a later run puts those that are left there. */
  async placing(parts: OutputPart[]): Promise<void> {
    const { fd } = this;
    if (fd === null) return;
    this.attempt(() => writeSync(fd, toLine({ parts })));
    // One file alone is in its place or not: what a crash of the system loses of the journal then is one line.
    if (parts.length > 1) await this.settle();
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  /** For a run that is done, or that left nothing to resume. */
  remove(): void {
    const own = this.fd === null ? null : fstatSync(this.fd);
    this.close();
    try {
      const path = journalPath(this.out);
      const there = lstatSync(path, { throwIfNoEntry: false });
      // Where nothing can be locked, another run may have one of its own there.
      if (own !== null && (there?.ino !== own.ino || there.dev !== own.dev)) return;
      if (there !== undefined && textOf(path) !== null) rmSync(path);
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
