import type { HduFacts, TileSpec } from '../device.ts';

/** An HDU that goes into the mosaic, and its description for the engine. */
export interface Tile {
  path: string;
  hdu: HduFacts;
  spec: TileSpec;
  weightKeyword: string | null;
  /** Its weight map is the coverage of a mosaic of ours. */
  ofCoverage?: true;
  /** Area of the grid's pixels in its own, where its values follow that. */
  area?: number;
}
