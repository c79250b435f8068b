import {
  AppError,
  DEBUG_VARIABLES,
  Exit,
  type Kind,
  type MosaicOptions,
  makeOptions,
  OPTIONS,
  type OptionRow,
  type Origin,
  setByLike,
  settingsOf,
  variableOf,
} from '@zemosaic/core';
import type { ConfigFile } from './config-file.ts';
import { nearest } from './edit-distance.ts';

/** The text or switch of each given flag, by option name. */
export type Flags = ReadonlyMap<string, string | boolean>;

export interface Parsed {
  options: MosaicOptions;
  /** Every option's value under its name, for events and reports. */
  effective: Record<string, unknown>;
  origins: Record<string, Origin>;
  infos: string[];
  warnings: string[];
}

/**
 * The effective options. Flags override ZEMOSAIC_ variables, which override the config file, which overrides defaults.
 * @throws AppError exit 2 that names the option, where its value came from and what is allowed.
 */
export function parseOptions(
  flags: Flags,
  environment: Record<string, string | undefined>,
  config: ConfigFile | null,
): Parsed {
  const origins: Record<string, Origin> = {};
  const options = makeOptions((row) => {
    const { origin, text, shown } = lookUp(row, flags, environment, config);
    origins[row.name] = origin;
    return text === null ? row.default : readValue(row.kind, text, shown);
  });
  // A fraction set for this run also holds in safe mode.
  if (origins['vram-fraction'] === 'flag' || origins['vram-fraction'] === 'environment') {
    options.vramSafeFraction = options.vramFraction;
  }
  conflicts(options, origins);
  const infos =
    config !== null && config.ignored > 0
      ? [
          `${config.path}: ${config.ignored} ZeMosaic ${config.ignored === 1 ? 'key has' : 'keys have'} no meaning here and ${config.ignored === 1 ? 'is' : 'are'} ignored`,
        ]
      : [];
  return {
    options,
    effective: Object.fromEntries(settingsOf(options).map(({ row, value }) => [row.name, value])),
    origins,
    infos,
    warnings: unknownVariables(environment),
  };
}

interface Found {
  origin: Origin;
  /** Null: not given anywhere. */
  text: string | null;
  /** How the value is named in an error. */
  shown: string;
}

function lookUp(
  row: OptionRow,
  flags: Flags,
  environment: Record<string, string | undefined>,
  config: ConfigFile | null,
): Found {
  const flag = flags.get(row.name);
  if (flag !== undefined) return { origin: 'flag', text: String(flag), shown: `--${row.name}` };
  const variable = environment[variableOf(row)];
  if (variable !== undefined) return { origin: 'environment', text: variable, shown: variableOf(row) };
  const configured = config?.values.get(row.name);
  if (config !== null && configured !== undefined) {
    return { origin: 'config', text: configured, shown: `${config.shown}: key "${row.name}"` };
  }
  return { origin: 'default', text: null, shown: `--${row.name}` };
}

/**
 * Parses the text of a value.
 * @throws AppError exit 2 that names where the value came from and what is allowed.
 */
export function readValue<T>(kind: Kind<T>, text: string, shown: string): T {
  try {
    return kind.parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const allowed = error.message.endsWith(kind.allowed) ? '' : `; allowed: ${kind.allowed}`;
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

/** `--mask none` leaves no bits to choose. `--like` sets the whole grid. A grid option from a source of the same or a higher rank conflicts; others are ignored. */
function conflicts({ like: file, mask, maskBits }: MosaicOptions, origins: Record<string, Origin>): void {
  const rankOf = (name: string) => RANK[origins[name] ?? 'default'];
  if (mask === 'none' && maskBits !== null && rankOf('mask-bits') >= rankOf('mask')) {
    throw new AppError(Exit.usage, 'conflict', '--mask none uses no mask; drop --mask-bits or --mask none');
  }
  if (file === null) return;
  const like = RANK[origins.like ?? 'default'];
  for (const { name } of OPTIONS.filter(setByLike)) {
    const rank = RANK[origins[name] ?? 'default'];
    if (rank > 0 && rank >= like) {
      throw new AppError(Exit.usage, 'conflict', `--like sets the whole grid; drop --${name} or --like`);
    }
  }
}

/** Warnings for unknown ZEMOSAIC_ variables: otherwise a mistyped name would be silently ignored. */
function unknownVariables(environment: Record<string, string | undefined>): string[] {
  const known = [...OPTIONS.map(variableOf), 'ZEMOSAIC_CONFIG', 'ZEMOSAIC_DATA'];
  return Object.keys(environment)
    .filter((name) => name.startsWith('ZEMOSAIC_') && !known.includes(name) && !DEBUG_VARIABLES.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `${name} is not an option${near === null ? '' : `; did you mean ${near}?`}`;
    });
}
