import type { DoneRows, TileDamage } from '../device.ts';
import type { ChannelReport } from '../report/report.ts';
import type { Warning } from '../report/warnings.ts';

/** First line of a journal: which run it belongs to. */
export interface Head {
  zemosaic_journal: 2;
  /** Identifies everything that can change a byte of the output. */
  fingerprint: string;
  /** DATE of the output; null when it has none. */
  date: string | null;
  /** The process that writes it. */
  pid: number;
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
}

/** A line that begins with its checksum, so that a cut or damaged line is recognised. */
export function toLine(value: Head | Record): string {
  const text = JSON.stringify(value);
  return `${sumOf(text)} ${text}\n`;
}

/** The contents of a journal; null when damaged or not a journal. A last line without a newline was cut off by a kill. */
export function parseJournal(text: string): Contents | null {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  lines.pop();
  const [head, ...records] = lines.map(readLine);
  if (!isHead(head)) return null;
  return records.every(isRecord) ? { head, records } : null;
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

// A line with a correct checksum was written by this program, so only its kind is checked.
function isHead(value: unknown): value is Head {
  return typeof value === 'object' && value !== null && (value as Head).zemosaic_journal === 2;
}

function isRecord(value: unknown): value is Record {
  return typeof value === 'object' && value !== null && Array.isArray((value as Record).sums);
}
