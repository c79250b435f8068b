import { TABLE } from './option-table.ts';
import type { Command, Row } from './row.ts';

type Table = typeof TABLE;
/** Name of an option: the long flag without its dashes, and the key in a config file. */
export type OptionName = keyof Table;

/** `match-background` -> `matchBackground` */
type Camel<N extends string> = N extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : N;
type Value<R> = R extends Row<infer T, infer D> ? T | D : never;

/** Options of a mosaic, validated and complete: all defaults are filled in. */
export type MosaicOptions = { -readonly [N in OptionName as Camel<N>]: Value<Table[N]> };

/** What the caller of a run requests. */
export interface MosaicRequest {
  command: string;
  inputs: string[];
  /** Path of the mosaic; null for `plan`, which writes nothing. */
  out: string | null;
  options: MosaicOptions;
  /** The config file that the options are from. */
  config?: string | null;
  /** Files of this very output that an interrupted run put in their places: they are not in the way. */
  placed?: readonly string[];
}

/** A row of the table with its names. */
export interface OptionRow<T = unknown, D extends T | null = T | null> extends Row<T, D> {
  name: string;
  /** Its key in `MosaicOptions`. */
  key: string;
}

/** The rows of a table such as `TABLE`, in order. */
export function rowsOf(table: Readonly<Record<string, Row<unknown, unknown>>>): OptionRow[] {
  return Object.entries(table).map(([name, row]) => ({ name, key: camel(name), ...row }));
}

export const OPTIONS: readonly OptionRow[] = rowsOf(TABLE);

/** The options for which a command has flags. */
export function optionsOf(command: Command): OptionRow[] {
  return OPTIONS.filter((row) => {
    // `reproject` takes its grid from its reference.
    if (command === 'reproject' && setByLike(row)) return false;
    return !row.hidden && (row.commands === undefined || row.commands.includes(command));
  });
}

/** `--like` sets the whole grid, so the other options of the group have no meaning beside it. */
export function setByLike({ group, name }: OptionRow): boolean {
  return group === 'Grid' && name !== 'like';
}

/** The ZEMOSAIC_ variable of an option. */
export function variableOf({ name }: OptionRow): string {
  return `ZEMOSAIC_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Options with the value that `choose` returns for each row, in the order of the table. */
export function makeOptions(choose: <T, D extends T | null>(row: OptionRow<T, D>) => T | D): MosaicOptions {
  // The compiler cannot follow that each value belongs to its own row; this is the only place that has to assert it.
  return Object.fromEntries(OPTIONS.map((row) => [row.key, choose(row)])) as MosaicOptions;
}

export function defaultOptions(): MosaicOptions {
  return makeOptions((row) => row.default);
}

/** Every row with its value, in the order of the table. */
export function settingsOf(options: MosaicOptions): { row: OptionRow; value: unknown }[] {
  const values: Record<string, unknown> = options;
  return OPTIONS.map((row) => ({ row, value: values[row.key] }));
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
