import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AppError, describe, Exit } from '../error.ts';
import { ownFile } from '../own-file.ts';
import type * as native from './native.d.ts';

/** The addon as `napi build` names it here: in a clone of the sources. One file loads it: this one. */
const OWN = './zemosaic.node';
/** The addon in a package of its own, one for each platform; the scripts that pack it make the same names. */
const ABI: Partial<Record<NodeJS.Platform, string>> = { linux: '-gnu', win32: '-msvc' };
const PLATFORM = `${process.platform}-${process.arch}${ABI[process.platform] ?? ''}`;
const PACKAGE = `@zemosaic/native-${PLATFORM}`;

let loaded: typeof native | null = null;

/**
 * The addon, loaded by the first call.
 * @throws AppError exit 1.
 */
export function addon(): typeof native {
  if (loaded !== null) return loaded;
  const require = createRequire(ownFile('native/addon.ts'));
  const inSources = existsSync(ownFile('../../../Cargo.toml'));
  try {
    loaded = require(inSources ? OWN : PACKAGE) as typeof native;
  } catch (error) {
    const way = inSources
      ? 'run: npm run setup'
      : `install zemosaic again with its optional packages; without ${PACKAGE} there is none for ${PLATFORM}`;
    throw new AppError(
      Exit.unexpected,
      'addon_missing',
      `the native part of zemosaic cannot be loaded (${describe(error).message.split('\n')[0]}); ${way}`,
      { cause: error },
    );
  }
  return loaded;
}
