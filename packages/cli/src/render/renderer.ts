import type { RunEvent } from '@zemosaic/core';
import type { Failure } from '../exit-code.ts';

/** Writes what a command reports. Events come from the core; results are specific to a command. */
export interface Renderer {
  event(event: RunEvent): void;
  /** Writes a result: as JSON one event of that name, for people the lines, on stdout. */
  result(name: string, fields: Record<string, unknown>, lines: () => string[]): void;
  fail(failure: Failure): void;
}

export interface Streams {
  out: (text: string) => void;
  err: (text: string) => void;
}

export interface RenderOptions {
  quiet: boolean;
  debug: boolean;
  colour: boolean;
  /** stderr is a terminal that can move its cursor. */
  terminal: boolean;
  /** Seconds since the start. */
  elapsed: () => number;
}
