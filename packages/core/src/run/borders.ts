import { basename } from 'node:path';
import { cpuBudget } from '../budget/host-budget.ts';
import type { MosaicOptions } from '../config/options.ts';
import type { BorderFacts, TileDamage } from '../device.ts';
import { asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { memoryLimit } from '../plan/memory.ts';
import type { Prepared } from '../plan/prepare.ts';
import type { Tile } from '../tiles/tile.ts';
import { MB } from '../units.ts';

/** Values that are named; the rest are counted. */
const NAMED = 4;

/** Values of the borders that are no data, by tile, in words. */
export type BorderValues = ReadonlyMap<Tile, string>;

/** The borders, and which tiles have rows that could not be read when they were looked for. */
export interface Borders {
  values: BorderValues;
  damaged: TileDamage[];
}

/** Finds where tiles have no data at their edges, and says which borders of one value are left out for that. */
export async function findBorders(options: MosaicOptions, made: Prepared, emit: Emit): Promise<Borders> {
  const { blank, trim, feather } = options;
  if (blank !== 'auto' && trim === 0 && feather === 0) return { values: new Map(), damaged: [] };
  let facts: BorderFacts;
  try {
    facts = await made.device.findBorders(cpuBudget(made.ram), memoryLimit(made, options) * MB);
  } catch (error) {
    throw asAppError(error, Exit.backend);
  }
  if (facts.bytes > (made.ram * MB) / 4) {
    const taken = Math.ceil(facts.bytes / MB);
    const message = `the borders of the tiles take ${taken} MB of the ${made.ram} MB that the run may use; raise --ram-mb`;
    emit({ event: 'warning', code: 'over_memory', message });
  }
  const values = new Map(
    facts.found.flatMap(({ tile, value }) => {
      const found = made.opened[tile];
      return found === undefined ? [] : [[found, [...new Set(value.map(valueText))].join(',')] as const];
    }),
  );
  if (values.size > 0) emit({ event: 'info', code: 'blank_borders', message: told(values) });
  return { values, damaged: facts.damaged };
}

/** One line for all tiles, by value. */
function told(borders: BorderValues): string {
  const paths = new Map<string, Set<string>>();
  for (const [{ path }, value] of borders) paths.set(value, (paths.get(value) ?? new Set()).add(path));
  const listed = [...paths].slice(0, NAMED).map(([value, own]) => {
    const more = own.size > 1 ? ` and ${own.size - 1} more` : '';
    return `${value} in ${basename([...own][0] ?? '')}${more}`;
  });
  if (paths.size > NAMED) listed.push(`${paths.size - NAMED} other values`);
  const count = new Set([...borders.keys()].map(({ path }) => path)).size;
  const subject = count === 1 ? '1 tile has a border' : `${count} tiles have borders`;
  return `${subject} of one value (${listed.join('; ')}), which is no data; --blank none keeps it`;
}

/** The shortest text of a 32-bit number. */
function valueText(value: number): string {
  const short = [6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits)));
  return String((short.find((one) => Math.fround(one) === value) ?? value) + 0);
}
