import type { Fit, FitBounds } from '../device.ts';

/** The output rows of one pass, as plans see them: how many fit, and how many bytes they take. */
export interface PassRows {
  /** Total output rows. */
  height: number;
  /** CPU threads. */
  threads: number;
  fit(on: 'cpu' | 'device', row0: number, bounds: FitBounds): Fit;
}
