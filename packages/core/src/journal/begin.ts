import type { MosaicOptions } from '../config/options.ts';
import type { Card, Device } from '../device.ts';
import { type AppError, asAppError, Exit, fileError, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { Journal, journalPath, readJournal } from './journal.ts';
import { Progress } from './progress.ts';
import type { Contents } from './record.ts';

export interface Output {
  path: string;
  options: MosaicOptions;
  /** Identifies everything that can change a byte of the output. */
  fingerprint: string;
  /** DATE for a new output; an unfinished one keeps its own. */
  date: string | null;
  cards: (date: string | null) => Card[];
  /** Channels are made one after another. */
  apart: boolean;
  pid: number;
}

export interface Begun {
  journal: Journal;
  progress: Progress;
}

/**
 * Begins the output, or resumes the unfinished one of an interrupted run.
 * @throws AppError exit 5.
 */
export function beginOutput(
  output: Output,
  { device, emit, clock }: { device: Device; emit: Emit; clock: () => number },
): Begun {
  const { path, options, fingerprint } = output;
  const found = readJournal(path);
  const earlier = options.resume ? usable(found, fingerprint, path, emit) : null;
  const date = earlier === null ? output.date : earlier.head.date;
  const records = earlier?.records ?? [];
  let kept: number;
  try {
    kept = device.createOutput({
      path,
      cards: output.cards(date),
      split: options.split,
      force: options.force,
      sync: !options.noSync,
      apart: output.apart,
      done: records.map(({ channel, channels, row0, rows, sums }) => ({ channel, channels, row0, rows, sums })),
    });
  } catch (error) {
    throw withPid(asAppError(error, Exit.disk), found, path);
  }
  if (kept === 0 && records.length > 0)
    ignored(path, 'the unfinished output it belongs to is missing or damaged', emit);
  const progress = new Progress(records.slice(0, kept));
  const head = { zemosaic_journal: 2, fingerprint, date, pid: output.pid } as const;
  const journal = new Journal(path, head, [...progress.records], { device, emit, clock, sync: !options.noSync });
  return { journal, progress };
}

/** The journal of an unfinished run of the same work; reports a journal that cannot be used. */
function usable(found: Contents | 'damaged' | null, fingerprint: string, path: string, emit: Emit): Contents | null {
  if (found === null) return null;
  if (found === 'damaged') {
    ignored(path, 'it is damaged', emit);
    return null;
  }
  if (found.head.fingerprint === fingerprint) return found;
  ignored(path, 'it was written for other inputs or options, or by another backend or version', emit);
  return null;
}

function ignored(path: string, why: string, emit: Emit): void {
  const message = lineOf({ path: journalPath(path), reason: `ignored: ${why}; starting over` });
  emit({ event: 'warning', code: 'journal_ignored', message });
}

/** Names the process that holds the lock. The system releases the lock of a dead process. */
function withPid(error: AppError, found: Contents | 'damaged' | null, path: string): AppError {
  if (error.code !== 'locked' || found === null || found === 'damaged') return error;
  const reason = `process ${found.head.pid} is writing it; wait for that run to end, or choose another name`;
  return fileError(error.exit, error.code, path, reason);
}
