import { defaultOptions, type MosaicOptions } from '../src/config/options.ts';

/** The defaults of `mosaic`, with what a test wants else. */
export function options(more: Partial<MosaicOptions> = {}): MosaicOptions {
  return { ...defaultOptions(), ...more };
}
