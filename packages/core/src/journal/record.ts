import type { DoneRows, OutputPart, TileDamage } from '../device.ts';
import type { ChannelReport } from '../report/report.ts';
import type { Warning } from '../report/warnings.ts';
import { isCount, isFields, isText } from './fields.ts';
import type { FileMark, Mark, Shape } from './mark.ts';
import { isReport } from './report-check.ts';

/** First line of a journal: which run it belongs to. */
export interface Head {
  zemosaic_journal: 4;
  /** What its unfinished output was made from. */
  mark: Mark;
  /** DATE of the output; null when it has none. */
  date: string | null;
  /** Names the run: in the names of its files, where the file system has no locks. */
  run: string;
  /** The process that writes it, and its machine. */
  pid: number;
  host: string;
}

/** One finished chunk. */
export interface Record extends DoneRows {
  /** Tile rows that could not be read for it. */
  damaged: TileDamage[];
  /** Warnings since the chunk before. */
  warnings: Warning[];
  /** The channel's report, this chunk included. */
  report: ChannelReport;
}

export interface Contents {
  head: Head;
  records: Record[];
  /** Set once the output is complete and its files are being put in their places. */
  parts: OutputPart[] | null;
}

export type Line = Head | Record | { parts: OutputPart[] };

/** A line that begins with its checksum, so that a cut or damaged line is recognised. */
export function toLine(value: Line): string {
  const text = JSON.stringify(value);
  return `${sumOf(text)} ${text}\n`;
}

/** The contents of a journal; null when damaged or not a journal. A last line without a newline was cut off by a kill. */
export function parseJournal(text: string): Contents | null {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  lines.pop();
  const [head, ...rest] = lines.map(readLine);
  if (!isHead(head)) return null;
  const last = rest.at(-1);
  const parts = isPlacing(last) ? last.parts : null;
  const records = parts === null ? rest : rest.slice(0, -1);
  return areRecords(records, head) ? { head, records, parts } : null;
}

function readLine(line: string): unknown {
  const text = line.slice(9);
  if (line.slice(0, 9) !== `${sumOf(text)} `) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sumOf(text: string): string {
  return Bun.hash.crc32(text).toString(16).padStart(8, '0');
}

// A right checksum proves that the line is whole, not that a run of ours wrote it: every field is looked at, and what no run
// can have is refused as what is missing.

const BACKENDS: readonly unknown[] = ['cpu', 'cuda', 'wgpu'];

/** What the addon and the system take: a number of 32 bits, a process. */
const U32 = 2 ** 32;
const PIDS = 2 ** 31;

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

function isHead(value: unknown): value is Head {
  if (!isFields(value) || value.zemosaic_journal !== 4) return false;
  const { mark, date, run, pid, host } = value;
  return (
    isMark(mark) &&
    isText(run) &&
    /^[0-9a-f]{1,8}$/.test(run) &&
    isText(host) &&
    isCount(pid, PIDS) &&
    pid > 0 &&
    (date === null || (isText(date) && DATE.test(date)))
  );
}

function isMark(value: unknown): value is Mark {
  if (!isFields(value)) return false;
  const { version, backend, device, options, files, shape, rest } = value;
  return (
    [version, rest].every(isText) &&
    BACKENDS.includes(backend) &&
    (backend === 'cpu' ? device === null : isCount(device)) &&
    isFields(options) &&
    isShape(shape) &&
    Array.isArray(files) &&
    files.every(isFileMark)
  );
}

function isShape(value: unknown): value is Shape {
  return (
    isFields(value) &&
    [value.width, value.height, value.channels, value.tiles].every((one) => isCount(one, U32) && one > 0)
  );
}

function isFileMark(value: unknown): value is FileMark {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [path, bytes, modified, digest] = value;
  return isText(path) && isCount(bytes) && isText(modified) && (digest === null || isCount(digest, U32));
}

/** Whether every value is a record of one run, each what can follow on those before it. */
function areRecords(values: readonly unknown[], { mark }: Head): values is Record[] {
  const passes = new Map<number, ChannelReport>();
  return values.every((value) => {
    if (!isRecord(value, mark, passes)) return false;
    passes.set(value.channel, value.report);
    return true;
  });
}

function isRecord(value: unknown, mark: Mark, passes: ReadonlyMap<number, ChannelReport>): value is Record {
  if (!isFields(value)) return false;
  const { channel, channels, row0, rows, sums, damaged, warnings, report } = value;
  const { width, height, tiles } = mark.shape;
  const of = mark.shape.channels;
  return (
    isCount(channel, of) &&
    isCount(channels, of - channel + 1) &&
    isCount(row0, height) &&
    isCount(rows, height - row0 + 1) &&
    Array.isArray(sums) &&
    sums.length === 3 &&
    sums.every((sum) => isCount(sum, U32)) &&
    Array.isArray(damaged) &&
    damaged.every((one) => isFields(one) && isCount(one.tile, tiles) && isProblem(one.problem)) &&
    Array.isArray(warnings) &&
    warnings.every(isWarning) &&
    isReport(
      report,
      { channel, channels, row0, rows },
      { width, height, channels: of, tiles, backend: mark.backend },
      passes.get(channel) ?? null,
    )
  );
}

function isPlacing(value: unknown): value is { parts: OutputPart[] } {
  return isFields(value) && Array.isArray(value.parts) && value.parts.every(isPart);
}

function isPart(value: unknown): value is OutputPart {
  if (!isFields(value)) return false;
  const { partial, path, device, inode, bytes, modified } = value;
  const isNumber = (text: unknown) => isText(text) && /^\d{1,20}$/.test(text);
  return isText(partial) && isText(path) && [device, inode, modified].every(isNumber) && isCount(bytes);
}

function isProblem(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { code, reason, path, hdu, keyword } = value;
  return isText(code) && isText(reason) && mayBeTexts(path, keyword) && (hdu === undefined || isCount(hdu));
}

function isWarning(value: unknown): value is Warning {
  return isFields(value) && isText(value.code) && isText(value.message) && mayBeTexts(value.path, value.reason);
}

function mayBeTexts(...values: unknown[]): boolean {
  return values.every((value) => value === undefined || isText(value));
}
