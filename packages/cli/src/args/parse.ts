import { AppError, Exit, type MosaicOptions, type Origin } from '@zemosaic/core';
import type { ConfigFile } from './config-file.ts';
import { nearest } from './edit-distance.ts';
import { OPTIONS, type OptionSpec, variableOf } from './schema.ts';

/** Text or switch of each flag that was given, by option name. */
export type Flags = ReadonlyMap<string, string | boolean>;

export interface Parsed {
  options: MosaicOptions;
  /** Every option's value under its name, for events and reports. */
  effective: Record<string, unknown>;
  origins: Record<string, Origin>;
  /** Remarks that are no errors. */
  infos: string[];
  warnings: string[];
}

/**
 * Effective options: flags before ZEMOSAIC_ variables before the config file before defaults.
 * @throws AppError exit 2 naming the option, where it came from and what it may be.
 */
export function parseOptions(
  flags: Flags,
  environment: Record<string, string | undefined>,
  config: ConfigFile | null,
): Parsed {
  const values = new Map<string, unknown>();
  const origins: Record<string, Origin> = {};
  for (const spec of OPTIONS) {
    const { origin, text, shown } = lookUp(spec, flags, environment, config);
    origins[spec.name] = origin;
    values.set(spec.name, text === null ? null : check(spec, text, shown));
  }
  // One fraction on the command line holds in safe mode as well.
  if (origins['vram-fraction'] === 'flag' || origins['vram-fraction'] === 'environment') {
    values.set('vram-safe-fraction', values.get('vram-fraction'));
  }
  conflicts(values, origins);
  const infos =
    config !== null && config.ignored > 0
      ? [
          `${config.path}: ${config.ignored} ZeMosaic ${config.ignored === 1 ? 'key has' : 'keys have'} no meaning here and ${config.ignored === 1 ? 'is' : 'are'} ignored`,
        ]
      : [];
  return {
    options: typed(values),
    effective: Object.fromEntries(values),
    origins,
    infos,
    warnings: unknownVariables(environment),
  };
}

interface Found {
  origin: Origin;
  text: string | null;
  /** How the value is named in an error. */
  shown: string;
}

function lookUp(
  spec: OptionSpec,
  flags: Flags,
  environment: Record<string, string | undefined>,
  config: ConfigFile | null,
): Found {
  const flag = flags.get(spec.name);
  if (flag !== undefined) return { origin: 'flag', text: String(flag), shown: `--${spec.name}` };
  const variable = environment[variableOf(spec)];
  if (variable !== undefined) return { origin: 'environment', text: variable, shown: variableOf(spec) };
  const configured = config?.values.get(spec.name);
  if (config !== null && configured !== undefined) {
    return { origin: 'config', text: configured, shown: `--config ${config.path}: key "${spec.name}"` };
  }
  return { origin: 'default', text: spec.default, shown: `--${spec.name}` };
}

function check(spec: OptionSpec, text: string, shown: string): unknown {
  try {
    return spec.kind.parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const allowed = error.message.endsWith(spec.kind.allowed) ? '' : `; allowed: ${spec.kind.allowed}`;
    throw new AppError(Exit.usage, 'bad_value', `${shown} ${quote(text)} ${error.message}${allowed}`);
  }
}

function quote(text: string): string {
  return text === ''
    ? '""'
    : JSON.stringify(text).length > text.length + 2 || /\s/.test(text)
      ? JSON.stringify(text)
      : text;
}

const RANK: Record<Origin, number> = { default: 0, config: 1, environment: 2, flag: 3 };

/** `--like` sets the whole grid: a grid option from a stronger or equal source contradicts it, a weaker one yields. */
function conflicts(values: ReadonlyMap<string, unknown>, origins: Record<string, Origin>): void {
  if (values.get('like') === null) return;
  const like = RANK[origins.like ?? 'default'];
  for (const name of ['center', 'size', 'scale', 'projection', 'rotation', 'grid']) {
    const rank = RANK[origins[name] ?? 'default'];
    if (rank > 0 && rank >= like) {
      throw new AppError(Exit.usage, 'conflict', `--like sets the whole grid; drop --${name} or --like`);
    }
  }
}

/** ZEMOSAIC_ variables that are no option: a mistyped name would else be ignored in silence. */
function unknownVariables(environment: Record<string, string | undefined>): string[] {
  const known = [...OPTIONS.map(variableOf), 'ZEMOSAIC_CONFIG', 'ZEMOSAIC_DATA'];
  const debug = ['ZEMOSAIC_PRETEND_VRAM_MB', 'ZEMOSAIC_INJECT_OOM', 'ZEMOSAIC_PRETEND_POWER'];
  return Object.keys(environment)
    .filter((name) => name.startsWith('ZEMOSAIC_') && !known.includes(name) && !debug.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `${name} is no option${near === null ? '' : `; did you mean ${near}?`}`;
    });
}

/** The table's values under the names that the core knows. */
function typed(values: ReadonlyMap<string, unknown>): MosaicOptions {
  const get = <T>(name: string) => values.get(name) as T;
  return {
    backend: get('backend'),
    device: get('device'),
    noCpuFallback: get('no-cpu-fallback'),
    chunkMb: get('chunk-mb'),
    chunkRows: get('chunk-rows'),
    vramFraction: get('vram-fraction'),
    vramSafeFraction: get('vram-safe-fraction'),
    vramReserveMb: get('vram-reserve-mb'),
    vramHardCapMb: get('vram-hard-cap-mb'),
    safeMode: get('safe-mode'),
    ramMb: get('ram-mb'),
    threads: get('threads'),
    like: get('like'),
    center: get('center'),
    size: get('size'),
    scale: get('scale'),
    projection: get('projection'),
    rotation: get('rotation'),
    hdu: get('hdu'),
    kernel: get('kernel'),
    combine: get('combine'),
    weights: get('weights'),
    matchBackground: get('match-background'),
    matchGain: get('match-gain'),
    blank: get('blank'),
    feather: get('feather'),
    mapError: get('map-error'),
    channels: get('channels'),
    split: get('split'),
    preview: get('preview'),
    report: get('report'),
    force: get('force'),
    strict: get('strict'),
    resume: get('resume'),
    noSync: get('no-sync'),
    reproducible: get('reproducible'),
  };
}
