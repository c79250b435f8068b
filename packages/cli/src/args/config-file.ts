import {
  AppError,
  asProblem,
  describe,
  Exit,
  importZeMosaicConfig,
  isZeMosaicConfig,
  LONGEST,
  OPTIONS,
  readSmallText,
} from '@zemosaic/core';
import Type, { type TObject, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { nearest } from './edit-distance.ts';

export interface ConfigFile {
  path: string;
  /** How it was named, and its path, for errors. */
  shown: string;
  /** Option name -> the text that a flag would have. */
  values: Map<string, string>;
  /** How many keys of a ZeMosaic file have no meaning here; 0 for our own files. */
  ignored: number;
}

/** Schema of our own config file: every option under its name. */
export function configSchema(): TObject {
  const keys: Record<string, TSchema> = {};
  for (const row of OPTIONS) {
    keys[row.name] = Type.Optional({ ...row.kind.schema(Type), description: row.help } as TSchema);
  }
  return Type.Object(keys, { additionalProperties: false, title: 'zemosaic config file' });
}

/**
 * Reads the file given by `--config` or by the variable `by`. The caller checks ranges, together with those of the flags.
 * @throws AppError exit 2 naming the key and what it may be.
 */
export function readConfig(path: string, by = '--config'): ConfigFile {
  const shown = `${by} ${path}`;
  const json = parse(path, shown);
  const zemosaic = isZeMosaicConfig(path, json);
  const imported = zemosaic ? importZeMosaicConfig(json) : { values: json, ignored: 0 };
  const given: Record<string, unknown> = imported.values;
  check(shown, given);
  const values = new Map<string, string>();
  for (const row of OPTIONS) {
    const value = given[row.name];
    // A pair may be an array; as text it has a comma too.
    if (value !== undefined) values.set(row.name, String(value));
  }
  return { path, shown, values, ignored: imported.ignored };
}

function parse(path: string, shown: string): Record<string, unknown> {
  let text: string;
  try {
    text = readSmallText(path, LONGEST.settings);
  } catch (error) {
    throw new AppError(Exit.usage, 'config_unreadable', `${shown} cannot be read: ${asProblem(error).reason}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new AppError(Exit.usage, 'config_syntax', `${shown} is not JSON: ${describe(error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError(Exit.usage, 'config_syntax', `${shown} must hold one JSON object of options`);
  }
  return json as Record<string, unknown>;
}

function check(shown: string, values: Record<string, unknown>): void {
  if (Value.Check(configSchema(), values)) return;
  const names = OPTIONS.map(({ name }) => name);
  for (const [key, value] of Object.entries(values)) {
    const row = OPTIONS.find((candidate) => candidate.name === key);
    if (row === undefined) {
      const near = nearest(key, names);
      const way = near === null ? `allowed are ${names.join(', ')}` : `did you mean ${near}?`;
      throw new AppError(Exit.usage, 'config_key', `${shown}: unknown key "${key}"; ${way}`);
    }
    if (!Value.Check(row.kind.schema(Type), value)) {
      throw new AppError(
        Exit.usage,
        'config_value',
        `${shown}: key "${key}" is ${JSON.stringify(value)}; allowed: ${row.kind.allowed}`,
      );
    }
  }
}
