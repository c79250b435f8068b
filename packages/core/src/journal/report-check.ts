import { type ChannelReport, newReport } from '../report/report.ts';
import { type Fields, isAmount, isCount, isFields, isText } from './fields.ts';
import type { Shape } from './mark.ts';

/** What a record says of itself beside its report. */
interface Rows {
  channel: number;
  channels: number;
  row0: number;
  rows: number;
}

/** More seconds, and bytes, than any run takes: a century, and what a whole number can be. The threads' times add up. */
const MOST_SECONDS = 3.2e9;
const MOST_MS = MOST_SECONDS * 1000 * 4096;

/** More attempts than a chunk can take: it is halved 32 times at most, and shrunk a few. */
const MOST_ATTEMPTS = 64;

/** Sums over the chunks of a pass, which never get smaller. */
const GROWING = [
  ...['attempts', 'retries', 'cpu_chunks', 'bytes_up', 'bytes_down', 'bytes_read', 'bytes_written', 'peak_bytes'],
  ...['covered', 'dead_in_one_channel', 'map_error_px', 'overflow'],
] as const;

/**
 * Whether a report can be that of a pass after this record: it has every field, each of its kind, none beyond what the rows
 * can give, and none below what it was after the record `before` of the same pass.
 */
export function isReport(value: unknown, rows: Rows, run: Shape & { backend: string }, before: ChannelReport | null) {
  if (!isLike(newReport(0, 1, 1, ''), value)) return false;
  // Its kinds were looked at just now.
  const report = value as unknown as ChannelReport;
  const pixels = report.rows_done * run.width;
  return (
    report.channel === rows.channel + 1 &&
    report.channels === rows.channels &&
    report.of === run.channels &&
    report.rows_done === rows.row0 + rows.rows &&
    report.chunks === (before?.chunks ?? 0) + 1 &&
    report.rows_per_chunk === Math.max(before?.rows_per_chunk ?? 0, rows.rows) &&
    areCounts(report) &&
    areAttempts(report, rows, run.backend) &&
    report.covered <= pixels &&
    report.dead_in_one_channel <= pixels &&
    report.seconds <= MOST_SECONDS &&
    Object.values(report.ms).every((ms) => ms <= MOST_MS) &&
    (before === null || !hasShrunk(before, report))
  );
}

function areCounts(report: ChannelReport): boolean {
  const { cpu_chunks, attempts, retries, bytes_up, bytes_down, bytes_read, bytes_written } = report;
  const { peak_bytes, covered, dead_in_one_channel } = report;
  return [
    ...[cpu_chunks, attempts, retries, bytes_up, bytes_down, bytes_read, bytes_written],
    ...[peak_bytes, covered, dead_in_one_channel],
  ].every((one) => isCount(one));
}

/** Only a device is tried again and has others stand in for it; each retry is of an attempt that failed. */
function areAttempts(report: ChannelReport, { row0 }: Rows, backend: string): boolean {
  const { chunks, cpu_chunks, attempts, retries, fallback } = report;
  if (backend === 'cpu') return report.backend === 'cpu' && cpu_chunks + attempts + retries === 0 && fallback === null;
  // Begun on the CPU after the device was lost, a pass may be resumed on the device: then it has attempts, too.
  const onDevice = report.backend === 'cpu' ? 0 : chunks - cpu_chunks;
  return (
    [backend, 'cpu'].includes(report.backend) &&
    cpu_chunks <= chunks &&
    onDevice + retries <= attempts &&
    attempts <= MOST_ATTEMPTS * chunks &&
    (fallback === null || fallback.row0 <= row0)
  );
}

function hasShrunk(before: ChannelReport, report: ChannelReport): boolean {
  const stages = Object.keys(before.ms) as (keyof ChannelReport['ms'])[];
  return (
    GROWING.some((name) => Number(report[name]) < Number(before[name])) ||
    stages.some((name) => report.ms[name] < before.ms[name])
  );
}

/** Whether it has every field of a new report; those that are null in it may also have a value. */
function isLike(pattern: object, value: unknown): value is Fields {
  return (
    isFields(value) &&
    Object.entries(pattern).every(([name, field]) => {
      const one = value[name];
      if (name === 'fallback') return one === null || isFallback(one);
      if (field === null) return one === null || isAmount(one);
      if (typeof field === 'object') return isLike(field, one);
      return typeof field === 'number' ? isAmount(one) : typeof one === typeof field;
    })
  );
}

function isFallback(value: unknown): boolean {
  return isFields(value) && isText(value.reason) && isText(value.message) && isCount(value.row0);
}
