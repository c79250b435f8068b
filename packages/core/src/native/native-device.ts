import type { Engine, OpenTiles, OutputGrid, Unpacked } from '../device.ts';
import { addon } from './addon.ts';
import { cudaFacts, wgpuFacts } from './driver-facts.ts';
import type * as native from './native.d.ts';

/** The engine in the addon. Loading waits for the first call, so `--help` needs no addon. */
export const nativeEngine: Engine = {
  hostFacts: () => addon().hostFacts(),
  diskFree: (path) => addon().diskFree(path),
  guardSignals: (guard) => addon().guardSignals(guard),
  ignoresHangup: () => addon().ignoresHangup(),
  isPublished: () => addon().isPublished(),
  removeTemporaryFiles: () => addon().removeTemporaryFiles(),
  unpacked: () => new (addon().Unpacked)(),
  readFacts: (paths, keywords, unpacked, reading) => addon().readFacts(paths, keywords, asUnpacked(unpacked), reading),
  countPixels: (path, hdu, unpacked) => addon().countPixels(path, hdu, asUnpacked(unpacked)),
  fourthIsAlpha: (path, hdu, unpacked) => addon().fourthIsAlpha(path, hdu, asUnpacked(unpacked)),
  openTiles: (specs, unpacked) => addon().Tiles.open(specs, asUnpacked(unpacked)),
  lookAt: (tiles, noise) => asTiles(tiles).look(noise),
  changeTiles: (tiles, changes) => asTiles(tiles).changed(changes),
  autoGrid: (tiles, options) => addon().Grid.auto(asTiles(tiles), options),
  likeGrid: (path) => addon().Grid.like(path),
  cudaFacts,
  wgpuFacts,
  deviceKernels: () => addon().deviceKernels(),
  openDevice: (tiles, grid, pixels, backend, device, threads) =>
    addon().Session.open(asTiles(tiles), asGrid(grid), pixels, backend, device, threads),
  writeCoverage: (mosaic, hdu, png, maxSide) => addon().writeCoverage(mosaic, hdu, png, maxSide),
  writePreview: (mosaic, png, maxSide) => addon().writePreview(mosaic, png, maxSide),
  checkUnfinished: (path) => addon().checkUnfinished(path),
  placeParts: (parts, force) => addon().placeParts(parts, force),
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
