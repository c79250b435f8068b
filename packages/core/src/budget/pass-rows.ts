import type { Fit, FitBounds } from '../device.ts';

/** The output rows of one pass over some channels, as plans ask about them: what fits, and what it takes. */
export interface PassRows {
  /** Output rows in all. */
  height: number;
  /** Of the CPU. */
  threads: number;
  fit(on: 'cpu' | 'device', row0: number, bounds: FitBounds): Fit;
}
