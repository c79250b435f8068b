import { MB } from '@zemosaic/core';
import type { Ceilings, HostRecord, Result, Run, Saved } from './record.ts';
import { middle, spread } from './statistics.ts';

const GB = 1e9;
const MPIX = 1e6;

/** One row per combination, the header first. Times exclude fsync. */
export function summaryTable(saved: Saved): string[][] {
  const head = [
    'combination',
    'elapsed s',
    'x floor',
    'CPU s',
    'Mpix/s',
    'chunks',
    'retries',
    'peak MB',
    'fsync ms',
    'fell back',
  ];
  return [head, ...saved.results.map((result) => summaryRow(saved, result))];
}

function summaryRow(saved: Saved, result: Result): string[] {
  const { runs } = result;
  const scenario = saved.scenarios.find(({ name }) => name === result.combination.scenario);
  const elapsed = spread(runs.map(({ seconds }) => seconds));
  const cpu = spread(runs.map((run) => run.user_seconds + run.system_seconds));
  const pixels = (scenario?.megapixels ?? 0) * (scenario?.planes ?? 1);
  const channels = runs[0]?.channels ?? [];
  const sum = (of: (channel: Run['channels'][number]) => number) => channels.reduce((total, one) => total + of(one), 0);
  return [
    result.key,
    `${elapsed.median.toFixed(3)} (${elapsed.min.toFixed(3)}..${elapsed.max.toFixed(3)})`,
    overFloor(runs),
    cpu.median.toFixed(2),
    (pixels / Math.max(1e-9, elapsed.median)).toFixed(1),
    String(sum(({ chunks }) => chunks)),
    String(sum(({ retries }) => retries)),
    (channels.reduce((most, { peak_bytes }) => Math.max(most, peak_bytes), 0) / MB).toFixed(1),
    spread(runs.map(({ sync_ms }) => sync_ms)).median.toFixed(0),
    fellBack(result),
  ];
}

/** The fastest run in units of the fastest floor. */
function overFloor(runs: readonly Run[]): string {
  const floors = runs.flatMap(({ floor_seconds: floor }) => floor ?? []);
  const floor = spread(floors).min;
  return floor > 0 ? (spread(runs.map(({ seconds }) => seconds)).min / floor).toFixed(1) : '-';
}

/** Whether another backend took over from the requested one, and why. */
function fellBack({ combination, runs }: Result): string {
  const channels = runs[0]?.channels ?? [];
  const reasons = channels.map(({ backend, fallback }) => {
    if (fallback !== null) return `to cpu: ${fallback.reason}`;
    const asked = combination.backend;
    const meant = asked === 'auto' || backend === asked || (asked === 'gpu' && backend !== 'cpu');
    return meant ? 'no' : `to ${backend}`;
  });
  return [...new Set(reasons)].join(', ');
}

/** One row per combination and channel of the run nearest to the median: milliseconds per stage, and I/O rates. */
export function stageTable(saved: Saved): string[][] {
  const head = ['combination', 'channel', 'ms', 'map', 'read', 'upload', 'kernel', 'download', 'write', 'wait'];
  const rates = ['kernel Mpix/s', 'read GB/s', 'write GB/s', 'MB read', 'MB written'];
  const rows = saved.results.flatMap((result) => {
    const run = middle(result.runs, ({ seconds }) => seconds);
    const scenario = saved.scenarios.find(({ name }) => name === result.combination.scenario);
    const pixels = (scenario?.megapixels ?? 0) * MPIX;
    return (run?.channels ?? []).map((one) => {
      const { ms } = one;
      const last = one.channel + one.channels - 1;
      const stages = [ms.map, ms.read, ms.upload, ms.kernel, ms.download, ms.write, ms.wait];
      return [
        result.key,
        last > one.channel ? `${one.channel}-${last}` : `${one.channel}`,
        (one.seconds * 1000).toFixed(1),
        ...stages.map((stage) => stage.toFixed(1)),
        speed(pixels * one.channels, ms.kernel, MPIX, one.backend === 'cpu' ? saved.ceilings.warp : null),
        speed(one.bytes_read, ms.read, GB, saved.ceilings.read),
        speed(one.bytes_written, ms.write, GB, saved.ceilings.write),
        (one.bytes_read / MB).toFixed(1),
        (one.bytes_written / MB).toFixed(1),
      ];
    });
  });
  return [[...head, ...rates], ...rows];
}

/** A rate per second, with its share of the ceiling where that is known. */
function speed(amount: number, ms: number, unit: number, ceiling: number | null): string {
  if (ms < 0.05) return '-';
  const rate = amount / (ms / 1000);
  return `${(rate / unit).toFixed(unit === MPIX ? 0 : 2)}${ceiling === null ? '' : ` (${Math.floor((100 * rate) / ceiling)} %)`}`;
}

export function hostLine(host: HostRecord): string {
  const gpus = host.gpus.length === 0 ? 'no GPU' : host.gpus.join(', ');
  const ram = (host.ram_total / 1_073_741_824).toFixed(1);
  return `${host.cpu}, ${host.threads} threads, ${host.simd}, ${ram} GB, ${host.system}, ${gpus}, load ${host.load.toFixed(2)} at the start`;
}

export function ceilingLine(ceilings: Ceilings): string {
  const rate = (value: number | null) => (value === null ? 'not measured' : `${(value / GB).toFixed(2)} GB/s`);
  const { copy, warp, read, write, sync } = ceilings;
  const pixels = warp === null ? 'not measured' : `${(warp / MPIX).toFixed(0)} Mpix/s`;
  return `memory copy ${rate(copy)} · bilinear warp ${pixels} · file read, cached ${rate(read)} · file write ${rate(write)} · fsync ${rate(sync)}`;
}
