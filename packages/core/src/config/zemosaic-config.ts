import { basename } from 'node:path';
import type { OptionName } from './options.ts';

/** What a ZeMosaic `zemosaic_config.json` says, in the names of our options. */
export interface ImportedConfig {
  values: Partial<Record<OptionName, unknown>>;
  /** Keys that mean nothing here. */
  ignored: number;
}

const KNOWN = [
  'use_gpu_phase5',
  'phase5_chunk_auto',
  'phase5_chunk_mb',
  'phase5_vram_frac_ac',
  'phase5_vram_frac_battery',
  'phase5_vram_reserve_mb',
  'phase5_vram_hard_cap_mb',
];

/** A file of ZeMosaic, by its name or by a key that only it has. */
export function isZeMosaicConfig(path: string, json: object): boolean {
  return basename(path).toLowerCase() === 'zemosaic_config.json' || KNOWN.some((key) => key in json);
}

/** Translates the keys that matter. Values are checked later, by the same rules as any config file. */
export function importZeMosaicConfig(json: Record<string, unknown>): ImportedConfig {
  const values: ImportedConfig['values'] = {};
  if (json.use_gpu_phase5 !== undefined) {
    values.backend = json.use_gpu_phase5 === false ? 'cpu' : 'auto';
  }
  // ZeMosaic keeps the last megabytes in the file while automatic sizing is on.
  if (json.phase5_chunk_auto === true) values['chunk-mb'] = 'auto';
  else if (json.phase5_chunk_mb !== undefined) values['chunk-mb'] = json.phase5_chunk_mb;
  copy(json, 'phase5_vram_frac_ac', values, 'vram-fraction');
  copy(json, 'phase5_vram_frac_battery', values, 'vram-safe-fraction');
  copy(json, 'phase5_vram_reserve_mb', values, 'vram-reserve-mb');
  copy(json, 'phase5_vram_hard_cap_mb', values, 'vram-hard-cap-mb');
  const ignored = Object.keys(json).filter((key) => !KNOWN.includes(key)).length;
  return { values, ignored };
}

function copy(from: Record<string, unknown>, key: string, to: ImportedConfig['values'], name: OptionName): void {
  if (from[key] !== undefined) to[name] = from[key];
}
