import Type, { type Static } from 'typebox';

const Ms = Type.Object({
  map: Type.Number(),
  read: Type.Number(),
  upload: Type.Number(),
  kernel: Type.Number(),
  download: Type.Number(),
  write: Type.Number(),
  wait: Type.Number(),
});

const Channel = Type.Object({
  channel: Type.Integer(),
  channels: Type.Integer(),
  of: Type.Integer(),
  backend: Type.String(),
  free_vram_mb: Type.Union([Type.Number(), Type.Null()]),
  budget_mb: Type.Union([Type.Number(), Type.Null()]),
  cap_mb: Type.Union([Type.Number(), Type.Null()]),
  chunks: Type.Integer(),
  cpu_chunks: Type.Integer(),
  attempts: Type.Integer(),
  rows_per_chunk: Type.Integer(),
  rows_done: Type.Integer(),
  retries: Type.Integer(),
  fallback: Type.Union([
    Type.Object({ reason: Type.String(), row0: Type.Integer(), message: Type.String() }),
    Type.Null(),
  ]),
  bytes_up: Type.Number(),
  bytes_down: Type.Number(),
  bytes_read: Type.Number(),
  bytes_written: Type.Number(),
  estimated_bytes: Type.Number(),
  peak_bytes: Type.Number(),
  seconds: Type.Number(),
  ms: Ms,
  covered: Type.Number(),
  dead_in_one_channel: Type.Number(),
  overflow: Type.Boolean(),
  map_error_px: Type.Number(),
});

const Background = Type.Object({
  model: Type.String(),
  gain: Type.Boolean(),
  bytes_read: Type.Number(),
  ms: Type.Number(),
  channels: Type.Array(
    Type.Object({
      pairs: Type.Integer(),
      rms_before: Type.Number(),
      rms_after: Type.Number(),
      notes: Type.Array(Type.String()),
      tiles: Type.Array(
        Type.Object({
          path: Type.String(),
          hdu: Type.Integer(),
          channel: Type.Union([Type.Integer(), Type.Null()]),
          group: Type.Integer(),
          gain: Type.Number(),
          offset: Type.Number(),
          slope_x: Type.Number(),
          slope_y: Type.Number(),
        }),
      ),
    }),
  ),
});

/** Shape of `OUT.report.json`. */
export const RunReportSchema = Type.Object({
  schema: Type.Literal(1),
  version: Type.String(),
  command: Type.String(),
  options: Type.Record(Type.String(), Type.Unknown()),
  origins: Type.Record(Type.String(), Type.String()),
  debug_variables: Type.Record(Type.String(), Type.String()),
  host: Type.Object({
    threads: Type.Integer(),
    ram_total: Type.Number(),
    ram_available: Type.Number(),
    cgroup_limit: Type.Union([Type.Number(), Type.Null()]),
    power: Type.String(),
    simd: Type.String(),
    peak_rss: Type.Number(),
  }),
  grid: Type.Object({
    width: Type.Integer(),
    height: Type.Integer(),
    planes: Type.Integer(),
    projection: Type.String(),
    frame: Type.String(),
    scale_arcsec: Type.Number(),
    center: Type.Array(Type.Number()),
    rotation_deg: Type.Number(),
  }),
  background: Type.Union([Background, Type.Null()]),
  /** Rows, over all passes, that an earlier run had finished; null when there was none. */
  resumed: Type.Union([Type.Object({ rows: Type.Integer() }), Type.Null()]),
  channels: Type.Array(Channel),
  tiles: Type.Array(
    Type.Object({
      path: Type.String(),
      hdu: Type.Integer(),
      channel: Type.Union([Type.Integer(), Type.Null()]),
      weight: Type.Number(),
      noise: Type.Union([Type.Number(), Type.Null()]),
      weight_keyword: Type.Union([Type.String(), Type.Null()]),
      weight_map: Type.Union([Type.String(), Type.Null()]),
      alpha: Type.Boolean(),
      flux_scale: Type.Number(),
      damage: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  skipped: Type.Array(
    Type.Object({
      path: Type.String(),
      code: Type.String(),
      reason: Type.String(),
      hdu: Type.Optional(Type.Integer()),
      keyword: Type.Optional(Type.String()),
      map: Type.Optional(Type.String()),
    }),
  ),
  /** Warnings of one kind are one entry with their number. */
  warnings: Type.Array(Type.Object({ code: Type.String(), message: Type.String(), count: Type.Integer() })),
  outputs: Type.Array(Type.String()),
  tiles_used: Type.Integer(),
  tiles_skipped: Type.Integer(),
  coverage_fraction: Type.Number(),
  bytes: Type.Number(),
  sync_ms: Type.Number(),
  seconds: Type.Number(),
});

export type RunReport = Static<typeof RunReportSchema>;
