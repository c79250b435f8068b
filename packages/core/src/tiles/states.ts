import { basename, dirname } from 'node:path';
import { type State, stateOf } from '../inputs/states.ts';
import type { Note } from './mixed.ts';
import type { Tile } from './tile.ts';

interface InState extends State {
  path: string;
}

/**
 * One warning for each folder and archive that counts the exposures that are tiles in more than one state of reduction. All of them are
 * the sky, so that none is set aside: which one is wanted only the user knows.
 */
export function severalStates(tiles: readonly Tile[]): Note[] {
  const folders = new Map<string, Map<string, InState[]>>();
  for (const path of new Set(tiles.map((tile) => tile.path))) {
    const state = stateOf(path);
    if (state === null) continue;
    const key = `${state.survey} ${dirname(path)}`;
    const exposures = folders.get(key) ?? new Map<string, InState[]>();
    folders.set(key, exposures);
    exposures.set(state.exposure, [...(exposures.get(state.exposure) ?? []), { ...state, path }]);
  }
  return [...folders.values()].flatMap((exposures) => {
    const several = [...exposures.values()].filter((own) => new Set(own.map(({ word }) => word)).size > 1);
    return several.length === 0 ? [] : [noteOf(several)];
  });
}

function noteOf(exposures: readonly InState[][]): Note {
  const all = exposures.flat().sort((a, b) => a.rank - b.rank);
  const words = [...new Set(all.map(({ word }) => word))];
  const globs = [...new Set(all.filter(({ word }) => word !== words.at(-1)).map(({ glob }) => `'${glob}'`))];
  const [first] = exposures;
  const names = (first ?? []).map(({ path }) => basename(path)).join(', ');
  const dir = dirname(all[0]?.path ?? '');
  const where = dir === '.' ? '' : ` in ${dir}`;
  const what = exposures.length === 1 ? `1 exposure${where} is` : `${exposures.length} exposures${where} are`;
  const message = `${what} there in several states of reduction (${words.join(', ')}), each of which is a tile and counts: ${names}${exposures.length > 1 ? ' ...' : ''}; keep one state, as with ${globs.map((glob) => `--exclude ${glob}`).join(' ')}`;
  return { level: 'warning', code: 'several_states', message };
}
