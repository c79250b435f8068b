import type { MosaicOptions } from '../config/options.ts';
import type { Engine, FileFacts, Unpacked } from '../device.ts';
import { asAppError, Exit } from '../error.ts';
import type { Emit } from '../event.ts';
import { expandInputs, type InputFile } from '../inputs/expand.ts';
import { findSidecars, type Sidecars } from '../inputs/sidecar.ts';
import type { Note } from './mixed.ts';
import { keywordsFor, type Selection, selectTiles } from './select.ts';

/** Reads the headers of the inputs and of the files beside them, and reports what became of each. */
export async function chooseTiles(
  engine: Engine,
  files: InputFile[],
  options: MosaicOptions,
  unpacked: Unpacked,
  emit: Emit,
): Promise<Selection> {
  const paths = files.map((file) => file.path);
  const sidecars = sameNames(findSidecars(paths), files);
  const beside = [...sidecars.weight.values(), ...sidecars.alpha.values()];
  const all = [...new Set([...paths, ...beside])];
  let read: FileFacts[];
  try {
    read = await engine.readFacts(all, keywordsFor(options), unpacked, options.wcs?.toUpperCase());
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
  const facts = new Map(all.map((path, at) => [path, read[at] ?? missing(path)]));
  const own = paths.map((path) => facts.get(path) ?? missing(path));
  const selection = selectTiles(own, sidecars, facts, { ...options, hdus: namedHdus(files) });
  for (const skipped of selection.skipped) emit({ event: 'tile.skipped', ...skipped });
  for (const note of selection.notes) emitNote(note, emit);
  return selection;
}

function namedHdus(files: readonly InputFile[]): Map<string, string[]> {
  return new Map(files.flatMap(({ path, hdus }) => (hdus === undefined ? [] : [[path, hdus]])));
}

/** A sidecar that is also an input keeps the name under which it was given. */
function sameNames(sidecars: Sidecars, files: readonly InputFile[]): Sidecars {
  const paths = new Set([...sidecars.weight.values(), ...sidecars.alpha.values()]);
  const { files: resolved } = expandInputs([...paths]);
  const given = new Map(files.map((file) => [file.real, file.path]));
  const names = new Map(resolved.map((file) => [file.path, given.get(file.real) ?? file.path]));
  const rename = (map: Map<string, string>) =>
    new Map([...map].map(([tile, path]) => [tile, names.get(path) ?? path] as const));
  return { weight: rename(sidecars.weight), alpha: rename(sidecars.alpha) };
}

export function emitNote(note: Note, emit: Emit): void {
  if (note.level === 'info') emit({ event: 'info', code: note.code, message: note.message });
  else {
    const { level: _, ...said } = note;
    emit({ event: 'warning', ...said });
  }
}

function missing(path: string): FileFacts {
  return {
    path,
    bytes: 0,
    problem: { code: 'unreadable', reason: 'cannot be read; check the file' },
    warnings: [],
    hdus: [],
  };
}
