import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, asProblem, Exit, LONGEST, readSmallText } from '@zemosaic/core';
import { RunReportSchema } from '@zemosaic/core/report-schema';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const closed = { additionalProperties: false };
const orNull = <T extends Type.TSchema>(type: T) => Type.Union([type, Type.Null()]);

/** Bytes per second, for `warp` pixels per second by all threads; null where not measured. */
const Ceilings = Type.Object(
  {
    copy: orNull(Type.Number()),
    warp: orNull(Type.Number()),
    read: orNull(Type.Number()),
    write: orNull(Type.Number()),
    sync: orNull(Type.Number()),
  },
  closed,
);

const Host = Type.Object(
  {
    cpu: Type.String(),
    threads: Type.Integer(),
    simd: Type.String(),
    ram_total: Type.Number(),
    system: Type.String(),
    gpus: Type.Array(Type.String()),
    /** Processes that wanted the CPU when the bench began: the one-minute load average. */
    load: Type.Number(),
  },
  closed,
);

const Combination = Type.Object(
  {
    scenario: Type.String(),
    backend: Type.String(),
    kernel: Type.String(),
    combine: Type.String(),
    threads: Type.Integer(),
    chunk_mb: Type.Union([Type.Integer(), Type.Literal('auto')]),
    chunk_rows: orNull(Type.Integer()),
  },
  closed,
);

const Run = Type.Object(
  {
    seconds: Type.Number(),
    user_seconds: Type.Number(),
    system_seconds: Type.Number(),
    /** What reading and writing the same bytes took just after it; see floor.ts. Older records lack it. */
    floor_seconds: Type.Optional(Type.Number()),
    /** fsync of the output after the run; not part of `seconds`. */
    sync_ms: Type.Number(),
    /** Peak resident bytes of the process during the run; null where the system does not report it. */
    peak_rss: orNull(Type.Number()),
    channels: RunReportSchema.properties.channels,
  },
  closed,
);

/** Device memory at one chunk of the first run, in MB. */
const Vram = Type.Object(
  {
    channel: Type.Integer(),
    chunk: Type.Integer(),
    free: orNull(Type.Number()),
    budget: orNull(Type.Number()),
    cap: orNull(Type.Number()),
    used: Type.Number(),
  },
  closed,
);

const Result = Type.Object(
  {
    key: Type.String(),
    combination: Combination,
    /** What must be the same whenever the same options are used. */
    counters: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
    /** Counters that differed between the runs of this bench; there should be none. */
    unsteady: Type.Array(Type.String()),
    runs: Type.Array(Run),
    vram: Type.Array(Vram),
  },
  closed,
);

/** Shape of `bench.json`. */
export const SavedSchema = Type.Object(
  {
    schema: Type.Literal(1),
    kind: Type.Literal('bench'),
    version: Type.String(),
    made: Type.String(),
    host: Host,
    debug_variables: Type.Record(Type.String(), Type.String()),
    ceilings: Ceilings,
    scenarios: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          about: Type.String(),
          hash: Type.String(),
          tiles: Type.Integer(),
          megapixels: Type.Number(),
          planes: Type.Integer(),
        },
        closed,
      ),
    ),
    results: Type.Array(Result),
    /** Core-seconds of the host where the GPU costs nothing; only of scenarios on such a GPU. */
    host_shares: Type.Optional(
      Type.Array(
        Type.Object(
          { key: Type.String(), cpu_seconds: Type.Number(), host_seconds: Type.Number(), ratio: Type.Number() },
          closed,
        ),
      ),
    ),
  },
  closed,
);

export type Saved = Static<typeof SavedSchema>;
export type Result = Static<typeof Result>;
export type Run = Static<typeof Run>;
export type Combination = Static<typeof Combination>;
export type Vram = Static<typeof Vram>;
export type Ceilings = Static<typeof Ceilings>;
export type HostRecord = Static<typeof Host>;

export const RECORD = 'bench.json';

/** The name of a combination in files, tables and messages. */
export function keyOf(one: Combination): string {
  return [one.scenario, one.backend, one.kernel, one.combine, `${one.threads}t`, chunkOf(one)].join('/');
}

export function chunkOf({ chunk_mb, chunk_rows }: Pick<Combination, 'chunk_mb' | 'chunk_rows'>): string {
  if (chunk_rows !== null) return `${chunk_rows}rows`;
  return chunk_mb === 'auto' ? 'auto' : `${chunk_mb}MB`;
}

/**
 * Reads a saved bench: its JSON file or the folder that holds it.
 * @throws AppError exit 3.
 */
export function readSaved(path: string): Saved {
  let file = path;
  let json: unknown;
  try {
    if (statSync(path).isDirectory()) file = join(path, RECORD);
    json = JSON.parse(readSmallText(file, LONGEST.record));
  } catch (error) {
    throw new AppError(Exit.input, 'bad_record', `${file} cannot be read as a saved bench: ${asProblem(error).reason}`);
  }
  if (!Value.Check(SavedSchema, json)) {
    const first = [...Value.Errors(SavedSchema, json)][0];
    const where = first === undefined ? '' : `: ${first.instancePath || '/'} ${first.message}`;
    throw new AppError(Exit.input, 'bad_record', `${file} is not a saved bench of this version${where}`);
  }
  return json;
}
