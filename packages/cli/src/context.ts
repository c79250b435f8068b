import type { Emit, Engine, ExitCode } from '@zemosaic/core';
import type { Flags } from './args/parse.ts';
import type { Renderer } from './render/renderer.ts';

/** Everything a command gets to work with. */
export interface Context {
  inputs: string[];
  /** Options of the table that were given as flags. */
  flags: Flags;
  config: string | null;
  /** How the config file was named: `--config` or its variable. */
  configBy: string;
  /** -o, for commands that have it. */
  output: string | null;
  seed: number;
  /** Whether `demo` may replace what is there. */
  force: boolean;
  version: string;
  engine: Engine;
  environment: Record<string, string | undefined>;
  emit: Emit;
  renderer: Renderer;
  clock: () => number;
  stop: () => ExitCode | null;
  onBegun: (mosaic: string) => void;
  onComplete: () => void;
}

export type CommandRun = (context: Context) => Promise<ExitCode>;
