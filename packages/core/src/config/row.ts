import { flag, type Kind } from './kind.ts';

export type Command = 'mosaic' | 'reproject' | 'plan';

/** In the order of help. */
export const GROUPS = ['Grid', 'Tiles', 'Pixels', 'Output', 'Machine', 'Run'] as const;
export type Group = (typeof GROUPS)[number];

/**
 * What an option changes. `pixels`: HISTORY tells it. `file`: how the mosaic lies in its files. `work`: how it is made, or
 * what is made beside it. A run that was stopped is gone on with only where no option but those of `work` is another.
 */
export type Affects = 'pixels' | 'file' | 'work';

/** What is known of an option, but for its name. */
export interface Row<T, D extends T | null> {
  group: Group;
  affects: Affects;
  kind: Kind<T>;
  /** Null: no value until one is given. */
  default: D;
  /** Word for the value in help; none for switches. */
  value?: string;
  help: string;
  /** `--no-NAME` exists as well. */
  negatable?: boolean;
  /** Not in flags and help; in variables and config files alone. */
  hidden?: boolean;
  /** The commands that have the flag; all of them when absent. */
  commands?: readonly Command[];
}

type More = Pick<Row<unknown, unknown>, 'negatable' | 'hidden' | 'commands'>;

/** An option with a value. */
export function option<T, const D extends T | null>(
  group: Group,
  affects: Affects,
  kind: Kind<T>,
  fallback: D,
  value: string,
  help: string,
  more: More = {},
): Row<T, D> {
  return { group, affects, kind, default: fallback, value, help, ...more };
}

/** A switch, off until it is given. */
export function toggle(group: Group, affects: Affects, help: string, more: More = {}): Row<boolean, false> {
  return { group, affects, kind: flag(), default: false, help, ...more };
}

/** Every word of a union: tsc refuses a list that lacks one, as it does a word that is none. */
export function allOf<W extends string>() {
  return <const L extends readonly W[]>(
    words: L & (Exclude<W, L[number]> extends never ? unknown : { lacks: Exclude<W, L[number]> }),
  ): L => words;
}
