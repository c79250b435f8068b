import { flag, type Kind } from './kind.ts';

export type Command = 'mosaic' | 'reproject' | 'plan';

/** In the order of help. */
export const GROUPS = ['Grid', 'Tiles', 'Pixels', 'Output', 'Machine', 'Run'] as const;
export type Group = (typeof GROUPS)[number];

/**
 * What an option affects. `pixels`: the mosaic itself, so HISTORY shows it. `file`: how the mosaic is stored. `work`: how
 * it is made, or what is made besides. An interrupted run is resumed only if no option but those of `work` has changed.
 */
export type Affects = 'pixels' | 'file' | 'work';

/** All facts about an option except its name. */
export interface Row<T, D extends T | null> {
  group: Group;
  affects: Affects;
  kind: Kind<T>;
  /** Null: no value unless one is given. */
  default: D;
  /** Placeholder for the value in help; absent for switches. */
  value?: string;
  help: string;
  /** `--no-NAME` exists as well. */
  negatable?: boolean;
  /** The flag may be repeated; its values are lines of one text. */
  repeats?: boolean;
  /** No flag and no line in help; only a variable and a key in config files. */
  hidden?: boolean;
  /** The commands that have the flag; all commands when absent. */
  commands?: readonly Command[];
}

type More = Pick<Row<unknown, unknown>, 'negatable' | 'repeats' | 'hidden' | 'commands'>;

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

/** A switch, off by default. */
export function toggle(group: Group, affects: Affects, help: string, more: More = {}): Row<boolean, false> {
  return { group, affects, kind: flag(), default: false, help, ...more };
}

/** A list of all words of a union: tsc rejects a list that lacks one, and a word that is not in the union. */
export function allOf<W extends string>() {
  return <const L extends readonly W[]>(
    words: L & (Exclude<W, L[number]> extends never ? unknown : { lacks: Exclude<W, L[number]> }),
  ): L => words;
}
