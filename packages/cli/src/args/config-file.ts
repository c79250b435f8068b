import { readFileSync, statSync } from 'node:fs';
import { AppError, asProblem, describe, Exit, importZeMosaicConfig, isZeMosaicConfig } from '@zemosaic/core';
import Type, { type TObject, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { nearest } from './edit-distance.ts';
import { OPTIONS } from './schema.ts';

export interface ConfigFile {
  path: string;
  /** Option name -> text, as a flag would have it. */
  values: Map<string, string>;
  /** Keys of a ZeMosaic file that mean nothing here; 0 for our own. */
  ignored: number;
}

const MOST_BYTES = 1_048_576;

/** Schema of our own config file: every option under its name. */
export function configSchema(): TObject {
  const keys: Record<string, TSchema> = {};
  for (const spec of OPTIONS) {
    keys[spec.name] = Type.Optional({ ...spec.kind.schema(Type), description: spec.help } as TSchema);
  }
  return Type.Object(keys, { additionalProperties: false, title: 'zemosaic config file' });
}

/**
 * Reads `--config`. Ranges are checked with those of the flags, by the caller.
 * @throws AppError exit 2 naming the key and what it may be.
 */
export function readConfig(path: string): ConfigFile {
  const json = parse(path);
  const zemosaic = isZeMosaicConfig(path, json);
  const imported = zemosaic ? importZeMosaicConfig(json) : { values: json, ignored: 0 };
  check(path, imported.values);
  const values = new Map<string, string>();
  for (const spec of OPTIONS) {
    const value = imported.values[spec.name];
    if (value !== undefined) values.set(spec.name, spec.kind.text(value));
  }
  return { path, values, ignored: imported.ignored };
}

function parse(path: string): Record<string, unknown> {
  let text: string;
  try {
    if (statSync(path).size > MOST_BYTES) throw new Error('it is over 1 MB');
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new AppError(Exit.usage, 'config_unreadable', `--config ${path} cannot be read: ${asProblem(error).reason}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new AppError(Exit.usage, 'config_syntax', `--config ${path} is not JSON: ${describe(error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError(Exit.usage, 'config_syntax', `--config ${path} must hold one JSON object of options`);
  }
  return json as Record<string, unknown>;
}

function check(path: string, values: Record<string, unknown>): void {
  if (Value.Check(configSchema(), values)) return;
  const names = OPTIONS.map((spec) => spec.name);
  for (const [key, value] of Object.entries(values)) {
    const spec = OPTIONS.find((candidate) => candidate.name === key);
    if (spec === undefined) {
      const near = nearest(key, names);
      const way = near === null ? `allowed are ${names.join(', ')}` : `did you mean ${near}?`;
      throw new AppError(Exit.usage, 'config_key', `--config ${path}: unknown key "${key}"; ${way}`);
    }
    if (!Value.Check(spec.kind.schema(Type), value)) {
      throw new AppError(
        Exit.usage,
        'config_value',
        `--config ${path}: key "${key}" is ${JSON.stringify(value)}; allowed: ${spec.kind.allowed}`,
      );
    }
  }
}
