import type { MosaicOptions } from '../config/options.ts';
import type { Beside, Engine, FileFacts, HduFacts, PixelCounts, Reading, Unpacked } from '../device.ts';
import { asAppError, asProblem, Exit, fileError, lineOf, refuseLack } from '../error.ts';
import type { Emit } from '../event.ts';
import { type Companions, findCompanions } from '../inputs/companions.ts';
import { type InputFile, realOf } from '../inputs/expand.ts';
import type { Found } from '../inputs/find.ts';
import { unlistedFolders } from '../inputs/listing.ts';
import { findSolutions } from '../inputs/solutions.ts';
import { associated, joined } from './associated.ts';
import { copiedNotes } from './copied.ts';
import type { Note } from './mixed.ts';
import { readNumbers } from './numbers.ts';
import { canBeOpacity, doubtfulOpacities, notOpacityNote, placeOf } from './opacity.ts';
import { ownPlaneNotes } from './own-planes.ts';
import { headHdu, isImage, isOurs, rolesOf } from './role.ts';
import { askedFor, keywordsFor, type Selection, selectTiles } from './select.ts';
import { solutionNotes } from './solved.ts';
import { framesOfHistory } from './weight.ts';

/** Reads the headers of the inputs and of the files beside them, and reports what became of each. */
export async function chooseTiles(
  engine: Engine,
  { files, excluded }: Pick<Found, 'files' | 'excluded'>,
  options: MosaicOptions,
  unpacked: Unpacked,
  emit: Emit,
): Promise<Selection> {
  const paths = files.map((file) => file.path);
  const called = sameNames(findCompanions(paths), files, excluded);
  const all = [...new Set([...paths, ...pathsOf(called)])];
  const reading = readingOf(paths, options);
  const read = await readTiles(engine, all, options, unpacked, reading);
  const facts = new Map(read.map((file) => [file.path, file]));
  const told = sameNames(associated(read.slice(0, paths.length)), files, excluded);
  const unread = pathsOf(told).filter((path) => !facts.has(path));
  if (unread.length > 0)
    for (const file of await readTiles(engine, unread, options, unpacked, {})) facts.set(file.path, file);
  const companions = joined(told, called);
  for (const file of await withoutPlanes(engine, read, reading, options, unpacked)) facts.set(file.path, file);
  const own = paths.map((path) => facts.get(path) ?? missing(path));
  const history = await historyOf(engine, own, unpacked);
  for (const file of own) countFrames(file, history.get(file.path) ?? '');
  const named = new Set(files.filter((file) => file.named).map((file) => file.path));
  const notOpacity = new Set<string>();
  for (const { path, hdu } of doubtfulOpacities(own, companions, facts)) {
    const held = await valuesOf(engine, path, hdu, unpacked);
    if (held === null || canBeOpacity(hdu, held)) continue;
    notOpacity.add(placeOf(path, hdu));
    emitNote(notOpacityNote(path, hdu, held), emit);
  }
  const rgba = await fourthPlanes(engine, own, unpacked);
  const chosen = selectTiles(
    own,
    { companions, facts, named, history, notOpacity, rgba },
    { ...options, hdus: namedHdus(files) },
  );
  for (const skipped of chosen.skipped) emit({ event: 'tile.skipped', ...skipped });
  const { tiles } = chosen;
  for (const path of unlistedFolders(paths)) {
    const reason = 'may not be listed: maps, masks and solutions beside its tiles are not found';
    emit({ event: 'warning', code: 'folder_unlisted', message: lineOf({ path, reason }), path, reason });
  }
  const more = [ownPlaneNotes(tiles, facts), copiedNotes(tiles, facts), solutionNotes(tiles)].flat();
  for (const note of [...chosen.notes, ...more]) emitNote(note, emit);
  return chosen;
}

/**
 * Outputs of an earlier run may be replaced where a folder holds them; an image that somebody else made may not.
 * @throws AppError exit 2.
 */
export async function refuseOthers(engine: Engine, replaced: string | null, unpacked: Unpacked): Promise<void> {
  const read = replaced === null ? [] : await readAll(engine, [replaced], ['CREATOR'], unpacked);
  const other = read.find((file) => file.hdus.some(isImage) && !isOurs(file));
  if (other === undefined) return;
  const reason = 'both output and an image among the inputs, and no mosaic of zemosaic; give -o another name';
  throw fileError(Exit.usage, 'output_is_input', other.path, reason);
}

/** An alternate WCS is one of the file's own, so solutions beside it do not count then. */
function readingOf(paths: string[], { wcs, solutions }: MosaicOptions): Reading {
  if (wcs !== null) return { alternate: wcs.toUpperCase() };
  return { beside: findSolutions(paths, solutions) };
}

/** Files beside which SCAMP has headers of the images of the sky alone, and none of their masks and weight maps. */
async function withoutPlanes(
  engine: Engine,
  read: readonly FileFacts[],
  reading: Reading,
  options: MosaicOptions,
  unpacked: Unpacked,
): Promise<FileFacts[]> {
  const again: Record<string, Beside[]> = {};
  for (const file of read.filter(({ hdus }) => hdus.some((hdu) => hdu.wcsProblem?.code === 'solution_headers'))) {
    const roles = rolesOf(file);
    const images = file.hdus.filter(isImage);
    const hdus = images.filter((hdu) => roles[file.hdus.indexOf(hdu)] === 'science').map(({ index }) => index);
    if (hdus.length === images.length) continue;
    again[file.path] = (reading.beside?.[file.path] ?? []).map((one) => (one.all ? { ...one, hdus } : one));
  }
  const paths = Object.keys(again);
  return paths.length === 0 ? [] : readTiles(engine, paths, options, unpacked, { beside: again });
}

/** Images of four planes of which the last is an opacity, as PixInsight saves colour with alpha. */
async function fourthPlanes(engine: Engine, files: readonly FileFacts[], unpacked: Unpacked): Promise<Set<string>> {
  const of = ({ path, hdus }: FileFacts) =>
    hdus.filter((one) => isImage(one) && one.planes === 4).map((hdu) => ({ path, hdu }));
  const rgba = await Promise.all(
    files.flatMap(of).map(async ({ path, hdu }) => {
      try {
        return (await engine.fourthIsAlpha(path, hdu.index, unpacked)) ? [placeOf(path, hdu)] : [];
      } catch (error) {
        // What cannot be read is told of where it is used.
        refuseLack(asProblem(error));
        return [];
      }
    }),
  );
  return new Set(rgba.flat());
}

async function valuesOf(engine: Engine, path: string, hdu: HduFacts, unpacked: Unpacked): Promise<PixelCounts | null> {
  try {
    return await engine.countPixels(path, hdu.index, unpacked);
  } catch (error) {
    // A plane that cannot be read is told of where it is used.
    refuseLack(asProblem(error));
    return null;
  }
}

/** HISTORY, which may be long, of the files in which it says something that no keyword does. */
async function historyOf(engine: Engine, files: FileFacts[], unpacked: Unpacked): Promise<Map<string, string>> {
  const telling = files.filter(
    (file) => isOurs(file) || /PixInsight/i.test(String(headHdu(file)?.keywords.PROGRAM ?? '')),
  );
  const paths = telling.map((file) => file.path);
  const read = paths.length === 0 ? [] : await readAll(engine, paths, ['HISTORY'], unpacked);
  return new Map(read.map((file) => [file.path, String(headHdu(file)?.keywords.HISTORY ?? '')]));
}

function countFrames(file: FileFacts, history: string): void {
  const keywords = headHdu(file)?.keywords;
  const frames = isOurs(file) ? null : framesOfHistory(history);
  if (frames !== null && keywords !== undefined) keywords.NCOMBINE ??= frames;
}

/** What decisions about tiles need of their headers. */
async function readTiles(
  engine: Engine,
  paths: string[],
  options: MosaicOptions,
  unpacked: Unpacked,
  reading: Reading,
): Promise<FileFacts[]> {
  const files = await readAll(engine, paths, keywordsFor(options), unpacked, reading);
  for (const file of files) readNumbers(file, askedFor(options));
  return files;
}

async function readAll(
  engine: Engine,
  paths: string[],
  keywords: string[],
  unpacked: Unpacked,
  reading: Reading = {},
): Promise<FileFacts[]> {
  try {
    const read = await engine.readFacts(paths, keywords, unpacked, reading);
    // It may be of a solution beside the file.
    for (const { path, problem } of read) if (problem !== undefined) refuseLack({ path, ...problem });
    return paths.map((path, at) => read[at] ?? missing(path));
  } catch (error) {
    throw asAppError(error, Exit.input);
  }
}

function namedHdus(files: readonly InputFile[]): Map<string, string[]> {
  return new Map(files.flatMap(({ path, hdus }) => (hdus === undefined ? [] : [[path, hdus]])));
}

/** A file beside an image that is also an input keeps the name under which it was given; one that is excluded is none. */
function sameNames(companions: Companions, files: readonly InputFile[], excluded: ReadonlySet<string>): Companions {
  const given = new Map(files.map((file) => [file.real, file.path]));
  // A link that leads nowhere is beside nothing.
  const nameOf = (path: string) => {
    const real = realOf(path);
    return real === null || excluded.has(real) ? [] : [given.get(real) ?? path];
  };
  return new Map(
    [...companions].map(([image, all]) => [
      image,
      all.flatMap((one) => nameOf(one.path).map((path) => ({ ...one, path }))).filter((one) => one.path !== image),
    ]),
  );
}

export function emitNote(note: Note, emit: Emit): void {
  if (note.level === 'info') emit({ event: 'info', code: note.code, message: note.message });
  else {
    const { level: _, ...said } = note;
    emit({ event: 'warning', ...said });
  }
}

function pathsOf(companions: Companions): string[] {
  return [...new Set([...companions.values()].flat().map(({ path }) => path))];
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
