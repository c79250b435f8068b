import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Engine, OpenTiles, OutputGrid, Unpacked } from '../device.ts';
import { AppError, describe, Exit } from '../error.ts';
import type * as native from './native.d.ts';

/** The addon as `napi build` names it here: in a clone of the sources. One file loads it: this one. */
const OWN = './zemosaic.node';
/** The addon in a package of its own, one for each platform; the scripts that pack it make the same names. */
const ABI: Partial<Record<NodeJS.Platform, string>> = { linux: '-gnu', win32: '-msvc' };
const PLATFORM = `${process.platform}-${process.arch}${ABI[process.platform] ?? ''}`;
const PACKAGE = `@zemosaic/native-${PLATFORM}`;

let loaded: typeof native | null = null;

function addon(): typeof native {
  if (loaded !== null) return loaded;
  const require = createRequire(import.meta.url);
  const inSources = existsSync(join(import.meta.dirname, '../../../../Cargo.toml'));
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

/** The engine in the addon. Loading waits for the first call, so `--help` needs no addon. */
export const nativeEngine: Engine = {
  hostFacts: () => addon().hostFacts(),
  diskFree: (path) => addon().diskFree(path),
  unpacked: () => new (addon().Unpacked)(),
  readFacts: (paths, keywords, unpacked, reading) => addon().readFacts(paths, keywords, asUnpacked(unpacked), reading),
  countPixels: (path, hdu, unpacked) => addon().countPixels(path, hdu, asUnpacked(unpacked)),
  fourthIsAlpha: (path, hdu, unpacked) => addon().fourthIsAlpha(path, hdu, asUnpacked(unpacked)),
  openTiles: (specs, unpacked) => addon().Tiles.open(specs, asUnpacked(unpacked)),
  lookAt: (tiles, noise) => asTiles(tiles).look(noise),
  changeTiles: (tiles, changes) => asTiles(tiles).changed(changes),
  autoGrid: (tiles, options) => addon().Grid.auto(asTiles(tiles), options),
  likeGrid: (path) => addon().Grid.like(path),
  cudaFacts: (withFree) => addon().cudaFacts(withFree),
  wgpuFacts: () => addon().wgpuFacts(),
  deviceKernels: () => addon().deviceKernels(),
  openDevice: (tiles, grid, pixels, backend, device, threads) =>
    addon().Session.open(asTiles(tiles), asGrid(grid), pixels, backend, device, threads),
  writeCoverage: (mosaic, hdu, png, maxSide) => addon().writeCoverage(mosaic, hdu, png, maxSide),
  writePreview: (mosaic, png, maxSide) => addon().writePreview(mosaic, png, maxSide),
  simulate: (dir, sky, seed) => addon().simulate(dir, sky, seed),
  scoreMosaic: (mosaic, grid, sky, seed) => addon().scoreMosaic(mosaic, grid, sky, seed),
  warpCeiling: (threads) => addon().warpCeiling(threads),
};

// Handles made by this engine come back to it alone; the addon checks their class again.
function asTiles(tiles: OpenTiles): native.Tiles {
  return tiles as native.Tiles;
}

function asUnpacked(unpacked: Unpacked): native.Unpacked {
  return unpacked as native.Unpacked;
}

function asGrid(grid: OutputGrid): native.Grid {
  return grid as native.Grid;
}
