import type { Engine } from './device.ts';
import type { ExitCode } from './error.ts';
import type { Emit, Origin } from './event.ts';

/** What a run is given besides its request. */
export interface Surroundings {
  engine: Engine;
  emit: Emit;
  version: string;
  /** Every option's value and where it came from, under its name on the command line. */
  effective: Record<string, unknown>;
  origins: Record<string, Origin>;
  environment: Record<string, string | undefined>;
  /** Milliseconds. */
  clock: () => number;
  /** Exit code of the signal that requested a stop; null if there was none. */
  stop: () => ExitCode | null;
  /** Called when the output is begun, of which finished chunks are kept from now on: before, a signal loses nothing. */
  onBegun: (mosaic: string) => void;
  /** Called when the mosaic is complete and in its place: a signal then ends only what is made besides. */
  onComplete: () => void;
}
