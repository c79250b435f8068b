import { basename } from 'node:path';
import type { OptionName } from './options.ts';

/** The settings of a ZeMosaic `zemosaic_config.json`, under the names of our options. */
export interface ImportedConfig {
  values: Partial<Record<OptionName, unknown>>;
  /** How many keys have no meaning here. */
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

/** Whether this is a config file of ZeMosaic: by its name, or by a key that only ZeMosaic uses. */
export function isZeMosaicConfig(path: string, json: object): boolean {
  return basename(path).toLowerCase() === 'zemosaic_config.json' || KNOWN.some((key) => key in json);
}

/** Translates the keys that have a meaning here. Values are checked later, by the same rules as in any config file. */
export function importZeMosaicConfig(json: Record<string, unknown>): ImportedConfig {
  const values: ImportedConfig['values'] = {};
  if (json.use_gpu_phase5 !== undefined) {
    // There it means the GPU, however small the mosaic.
    values.backend = json.use_gpu_phase5 === false ? 'cpu' : 'gpu';
  }
  // While automatic sizing is on, ZeMosaic keeps the last manual size in the file.
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
