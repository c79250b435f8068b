import type { Fit, FitBounds } from '../device.ts';

/** The output rows of one pass, as plans see them: how many fit, and how many bytes they take. */
export interface PassRows {
  /** Total output rows. */
  height: number;
  /** CPU threads. */
  threads: number;
  /** `after`: first row of the chunk before, which is made while this one's tile rows are read; null without one. */
  fit(on: 'cpu' | 'device', row0: number, after: number | null, bounds: FitBounds): Fit;
}
