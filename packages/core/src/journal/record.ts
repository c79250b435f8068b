import type { DoneRows, OutputPart, TileDamage } from '../device.ts';
import { type ChannelReport, newReport } from '../report/report.ts';
import type { Warning } from '../report/warnings.ts';
import type { Mark } from './mark.ts';

/** First line of a journal: which run it belongs to. */
export interface Head {
  zemosaic_journal: 3;
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
  return records.every(isRecord) ? { head, records, parts } : null;
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

// A right checksum proves that the line is whole, not that this version wrote it: every field is looked at.
type Fields = { [name: string]: unknown };

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAmount(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isHead(value: unknown): value is Head {
  if (!isFields(value) || value.zemosaic_journal !== 3 || !isFields(value.mark)) return false;
  const { version, backend, device, options, files, rest } = value.mark;
  return (
    areTexts(value.run, value.host, version, backend, rest) &&
    /^[0-9a-f]+$/.test(String(value.run)) &&
    isCount(value.pid) &&
    (value.date === null || typeof value.date === 'string') &&
    (device === null || isCount(device)) &&
    isFields(options) &&
    Array.isArray(files) &&
    files.every((file) => Array.isArray(file) && file.length === 4 && typeof file[0] === 'string')
  );
}

function isRecord(value: unknown): value is Record {
  if (!isFields(value)) return false;
  const { channel, channels, row0, rows, sums, damaged, warnings, report } = value;
  return (
    [channel, channels, row0, rows].every(isCount) &&
    Array.isArray(sums) &&
    sums.length === 3 &&
    sums.every(isCount) &&
    Array.isArray(damaged) &&
    damaged.every((one) => isFields(one) && isCount(one.tile) && isProblem(one.problem)) &&
    Array.isArray(warnings) &&
    warnings.every((one) => isFields(one) && areTexts(one.code, one.message) && mayBeTexts(one.path, one.reason)) &&
    isReport(report) &&
    report.channel === (channel as number) + 1 &&
    report.channels === channels &&
    report.rows_done === (row0 as number) + (rows as number)
  );
}

function isPlacing(value: unknown): value is { parts: OutputPart[] } {
  const isPart = (one: unknown) =>
    isFields(one) && areTexts(one.partial, one.path, one.device, one.inode) && isCount(one.bytes);
  return isFields(value) && Array.isArray(value.parts) && value.parts.every(isPart);
}

function isProblem(value: unknown): boolean {
  return isFields(value) && areTexts(value.code, value.reason) && mayBeTexts(value.path, value.keyword);
}

/** Whether it has every field of a report, each of its kind; those that are null in a new one may also have a value. */
function isReport(value: unknown): value is ChannelReport {
  const alike = (pattern: unknown, one: unknown): boolean => {
    if (pattern === null) return one === null || isAmount(one) || isFallback(one);
    if (typeof pattern === 'number') return isAmount(one);
    if (!isFields(pattern)) return typeof one === typeof pattern;
    return isFields(one) && Object.entries(pattern).every(([name, field]) => alike(field, one[name]));
  };
  return alike(newReport(0, 1, 1, ''), value);
}

function isFallback(value: unknown): boolean {
  return isFields(value) && areTexts(value.reason, value.message) && isCount(value.row0);
}

function areTexts(...values: unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function mayBeTexts(...values: unknown[]): boolean {
  return values.every((value) => value === undefined || typeof value === 'string');
}
