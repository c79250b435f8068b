import { hostname } from 'node:os';
import type { MosaicOptions } from '../config/options.ts';
import type { Card, Device, Engine, FinishFacts } from '../device.ts';
import { asAppError, asFileError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { type Earlier, isComplete, tellIgnored, withOwner } from './earlier.ts';
import { Journal } from './journal.ts';
import { type Mark, otherWork } from './mark.ts';
import { ownerOf } from './owner.ts';
import { Progress } from './progress.ts';
import type { Contents } from './record.ts';

export interface Output {
  path: string;
  options: MosaicOptions;
  mark: Mark;
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
  /** The output was complete already: only its files had to be put in their places. */
  finished: FinishFacts | null;
}

interface Around {
  engine: Engine;
  device: Device;
  emit: Emit;
  clock: () => number;
}

/**
 * Begins the output, or resumes the unfinished one of an interrupted run.
 * @throws AppError exit 5.
 */
export async function beginOutput(output: Output, found: Earlier, around: Around): Promise<Begun> {
  const { path, options } = output;
  const { emit, device } = around;
  const why = found.unusable ?? (options.resume ? whyNot(found.contents, output.mark) : null);
  const earlier = options.resume && why === null ? found.contents : null;
  // The journal of a complete mosaic is only left over; whether that may be replaced, --force says.
  let ignored = found.contents !== null && isComplete(found.contents) ? null : why;
  const journaling = { device, emit, clock: around.clock, sync: !options.noSync };
  if (earlier !== null && earlier.parts !== null) {
    ignored = 'the complete output it belongs to is missing';
    const finished = await place(earlier, options.force, around);
    const journal = new Journal(path, earlier.head, earlier.records, journaling, true);
    if (finished !== null) return { journal, progress: new Progress(earlier.records), finished };
  }
  const date = earlier === null ? output.date : earlier.head.date;
  const records = earlier?.parts === null ? earlier.records : [];
  const run = records.length > 0 && earlier !== null ? earlier.head.run : crypto.randomUUID().slice(0, 8);
  const owner = found.contents === null ? 'gone' : ownerOf(found.contents.head);
  const stale = records.length === 0 && owner === 'gone' ? found.contents?.head.run : undefined;
  let kept: number;
  try {
    kept = device.createOutput({
      path,
      cards: output.cards(date),
      split: options.split,
      force: options.force,
      sync: !options.noSync,
      apart: output.apart,
      run,
      resumable: owner === 'gone',
      ...(stale === undefined ? {} : { stale }),
      done: records.map(({ channel, channels, row0, rows, sums }) => ({ channel, channels, row0, rows, sums })),
    });
  } catch (error) {
    throw withOwner(asFileError(error, Exit.disk, path), found.contents, path);
  }
  if (kept === 0 && records.length > 0) ignored = 'the unfinished output it belongs to is missing or damaged';
  // Only now is it known that no other run is writing it.
  if (ignored !== null) tellIgnored(path, ignored, emit);
  const progress = new Progress(records.slice(0, kept));
  const { mark, pid } = output;
  const head = { zemosaic_journal: 4, mark, date, run, pid, host: hostname() } as const;
  return { journal: new Journal(path, head, [...progress.records], journaling), progress, finished: null };
}

/** Why nothing of an earlier run can be used; null where it can, or left nothing. */
function whyNot(found: Contents | null, mark: Mark): string | null {
  if (found === null) return null;
  const { version } = found.head.mark;
  return version === mark.version ? otherWork(found.head.mark, mark) : `it was written by version ${version}`;
}

/** Puts the files of a complete output that was interrupted just then in their places; null where they are gone. */
async function place({ parts }: Contents, force: boolean, { engine }: Around): Promise<FinishFacts | null> {
  try {
    return await engine.placeParts(parts ?? [], force);
  } catch (error) {
    const failed = asAppError(error, Exit.disk);
    if (failed.code !== 'lost') throw failed;
    return null;
  }
}
