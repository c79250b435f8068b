import type { MosaicRequest } from '../config/options.ts';
import { debugVariables, powerOf } from '../debug/variables.ts';
import type { FinishFacts } from '../device.ts';
import type { Prepared } from '../plan/prepare.ts';
import type { Surroundings } from '../surroundings.ts';
import type { BackgroundReport, ChannelReport, Summary } from './report.ts';
import type { RunReport } from './schema.ts';
import type { Counted } from './warnings.ts';

export interface ReportParts {
  request: MosaicRequest;
  around: Surroundings;
  made: Prepared;
  background: BackgroundReport | null;
  channels: ChannelReport[];
  finished: FinishFacts;
  /** Rows that an earlier run had finished. */
  resumed: number;
  /** Path of each tile with rows that could not be read -> what happened. */
  damaged: ReadonlyMap<string, string>;
  warnings: readonly Counted[];
  summary: Summary;
}

export function buildReport({
  request,
  around,
  made,
  background,
  channels,
  finished,
  resumed,
  damaged,
  warnings,
  summary,
}: ReportParts): RunReport {
  const host = around.engine.hostFacts();
  return {
    schema: 1,
    version: around.version,
    command: request.command,
    options: around.effective,
    origins: around.origins,
    debug_variables: debugVariables(around.environment),
    host: {
      threads: host.threads,
      ram_total: host.ramTotal,
      ram_available: made.host.ramAvailable,
      cgroup_limit: host.cgroupLimit ?? null,
      power: powerOf(host, around.environment),
      simd: host.simd,
      peak_rss: host.peakRss,
    },
    grid: made.facts.grid,
    background,
    resumed: resumed > 0 ? { rows: resumed } : null,
    channels,
    tiles: made.tiles.map((tile) => ({
      path: tile.path,
      hdu: tile.hdu.index,
      channel: tile.spec.channel ?? null,
      weight: tile.spec.weight,
      noise: tile.spec.noise ?? null,
      weight_keyword: tile.weightKeyword,
      weight_map: tile.spec.weightMap?.path ?? null,
      alpha: tile.spec.alpha !== undefined,
      flux_scale: tile.spec.fluxScale,
      damage: damaged.get(tile.path) ?? null,
    })),
    skipped: made.skipped,
    warnings: [...warnings],
    outputs: summary.outputs,
    tiles_used: summary.tiles_used,
    tiles_skipped: summary.tiles_skipped,
    coverage_fraction: summary.coverage_fraction,
    bytes: summary.bytes,
    sync_ms: finished.syncMs,
    seconds: summary.seconds,
  };
}
