import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OPTIONS } from '../config/options.ts';
import type { OutputPart } from '../device.ts';
import { type AppError, Exit, fileError, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { journalPath, outputPaths } from '../inputs/output-paths.ts';
import { readJournal } from './journal.ts';
import { inOrder, type WorkMark } from './mark.ts';
import { ownerOf } from './owner.ts';
import type { Contents } from './record.ts';

/** What an unfinished run left of an output. */
export interface Earlier {
  /** What its journal holds; null where there is none that could be read. */
  contents: Contents | null;
  /** Its journal is there. */
  exists: boolean;
  /** Why that cannot be used, if it is one. */
  unusable: string | null;
  /** Files of its output that it put in their places before it was ended: they are not in the way. */
  placed: string[];
}

/** Looks for an unfinished run of this output. */
export function findEarlier(out: string | null, resume: boolean, version: string): Earlier {
  const none = { contents: null, exists: false, unusable: null, placed: out === null ? [] : halfwayOf(out) };
  const found = out === null ? null : readJournal(out);
  if (out === null || found === null) return none;
  // Of what is no journal the new one tells, which then has no place.
  if (found === 'foreign') return { ...none, exists: true };
  const ours = found !== 'damaged' && (found.head.mark.version !== version || areSettings(found.head.mark.options));
  if (found === 'damaged' || !ours) return { ...none, exists: true, unusable: resume ? 'it is damaged' : null };
  return {
    ...none,
    contents: found,
    exists: true,
    placed: resume ? [...none.placed, ...(found.parts ?? []).filter(isPlaced).map((p) => p.path)] : none.placed,
  };
}

/** Whether its run was ended when all of its files were in their places, and only the journal was left to remove. */
export function isComplete({ parts }: Contents): boolean {
  return parts !== null && parts.length > 0 && parts.every(isPlaced);
}

/** Files of a set that has not appeared: a run without a journal was ended while they still had their unfinished names, too. */
function halfwayOf(out: string): string[] {
  const { weight, alpha } = outputPaths(out, { split: true, preview: false, report: false });
  return [weight, alpha].filter((path): path is string => {
    if (path === null) return false;
    const [a, b] = [path, join(dirname(path), `.${basename(path)}.partial`)].map(fileAt);
    return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
  });
}

/** What has this name, unless it is a link or nothing that can be looked at. */
function fileAt(path: string): BigIntStats | undefined {
  try {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return found?.isFile() ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Whether these are values that the options can have. */
function areSettings(options: { [name: string]: unknown }): boolean {
  return OPTIONS.filter(({ affects }) => affects !== 'work').every(({ name, kind, default: fallback }) => {
    const value = options[name];
    if (value === undefined || value === null) return value === fallback;
    try {
      return typeof kind.parse(kind.show(value)) === typeof value;
    } catch {
      return false;
    }
  });
}

function isPlaced({ path, inode, device, modified }: OutputPart): boolean {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && `${found.ino} ${found.dev} ${found.mtimeNs}` === `${inode} ${device} ${modified}`;
}

export function tellIgnored(out: string, why: string, emit: Emit): void {
  const message = lineOf({ path: journalPath(out), reason: `ignored: ${why}; starting over` });
  emit({ event: 'warning', code: 'journal_ignored', message });
}

/** Rows of all channels that it holds. */
export function rowsIn({ records }: Contents): number {
  return records.reduce((sum, record) => sum + record.rows * record.channels, 0);
}

/**
 * Finished rows are not thrown away because an option has changed. Those of a complete mosaic are in it, which `force`
 * replaces.
 * @throws AppError exit 5 that names it.
 */
export function refuseOtherOptions(
  { out, command }: { out: string; command: string },
  contents: Contents,
  now: WorkMark,
  force: boolean,
): void {
  const { mark } = contents.head;
  const rows = rowsIn(contents);
  // Of another version the options may mean something else; it says so when it starts over.
  if (rows === 0 || mark.version !== now.version) return;
  const text = (value: unknown) => JSON.stringify(value, inOrder);
  // What the command cannot be given, as `plan` --split, says nothing.
  const given = OPTIONS.filter(({ commands }) => commands?.some((one) => one === command) ?? true);
  const other = given.filter(({ name }) => text(mark.options[name]) !== text(now.options[name]));
  const asked = other.map((row) => `${said(row, mark.options[row.name])} (now ${said(row, now.options[row.name])})`);
  if (mark.backend !== now.backend) asked.push(`--backend ${mark.backend} (now ${now.backend})`);
  else if (mark.device !== now.device) asked.push(`--device ${mark.device} (now ${now.device})`);
  if (asked.length === 0) return;
  if (isComplete(contents)) {
    if (force) return;
    throw fileError(Exit.disk, 'exists', out, 'exists; use --force to replace it, or another -o');
  }
  const reason = `holds ${rows} rows that were made with ${asked.slice(0, 3).join(', ')}; give that again to resume, or start over with --no-resume`;
  throw fileError(Exit.disk, 'other_options', journalPath(out), reason);
}

function said({ name, kind }: (typeof OPTIONS)[number], value: unknown): string {
  if (value === null || value === undefined || value === false) return `no --${name}`;
  return value === true ? `--${name}` : `--${name} ${kind.show(value)}`;
}

/** Names the process that holds the lock. The system releases the lock of a dead process. */
export function withOwner(error: AppError, contents: Contents | null, out: string): AppError {
  if (error.code !== 'locked' || contents === null) return error;
  const { pid, host } = contents.head;
  const who = ownerOf(contents.head) === 'unknown' ? `a process of ${host} may be` : `process ${pid} is`;
  const reason = `${who} writing it; wait for that run to end, or choose another name`;
  return fileError(error.exit, error.code, out, reason);
}
