import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { MosaicRequest } from '../config/options.ts';
import { AppError, Exit, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { findCompanions } from './companions.ts';
import { exclude } from './exclude.ts';
import { expandInputs, type InputFile, type Passed, realOf } from './expand.ts';
import {
  checkNames,
  checkOutputs,
  dropOutputs,
  type OutputPaths,
  outputPaths,
  refuseToReplace,
} from './output-paths.ts';
import { partSolutions } from './solutions.ts';

export interface Found {
  files: InputFile[];
  outputs: OutputPaths | null;
  /** Files beside the inputs that are not to be used, by their real paths. */
  excluded: ReadonlySet<string>;
  /** The output, if a folder or a glob holds it: the mosaic of an earlier run, or a tile that would be lost. */
  replaced: string | null;
}

/** The input files of a request and the output files it will write, checked before any work. */
export function findInputs(request: MosaicRequest, emit: Emit): Found {
  const { options, out, config } = request;
  const outputs = out === null ? null : outputPaths(out, options);
  if (outputs !== null) checkNames(outputs);
  if (options.like !== null && !existsSync(options.like)) {
    throw new AppError(Exit.input, 'no_such_file', `--like ${options.like} does not exist; check the path`);
  }
  const inputs = expandInputs(request.inputs);
  if (outputs !== null) refuseToReplace(outputs, [...inputs.lists, config]);
  tellPassed(inputs.passed, emit);
  if (inputs.duplicates.length > 0) {
    emit({
      event: 'warning',
      code: 'duplicate',
      message: `${inputs.duplicates.length} input${inputs.duplicates.length === 1 ? ' is' : 's are'} named more than once and counted once (${inputs.duplicates[0]})`,
    });
  }
  const { kept: images, solutions } = partSolutions(inputs.files);
  tellSolutions(solutions, emit);
  const { kept: files, excluded } =
    options.exclude === null ? { kept: images, excluded: new Set<string>() } : without(images, options.exclude, emit);
  if (outputs === null) return { files, excluded, outputs, replaced: null };
  checkOutputs(outputs, files, { force: options.force, placed: request.placed ?? [] });
  const { kept, dropped } = dropOutputs(outputs, files);
  for (const path of dropped) {
    emit({
      event: 'info',
      code: 'output_found',
      message: lineOf({ path, reason: 'an output of this run, not a tile' }),
    });
  }
  // Of its weights and opacities nothing says whose they are, but they go with it.
  const replaced = dropped.find((path) => realOf(path) === realOf(outputs.mosaic));
  return { files: kept, excluded, outputs, replaced: replaced ?? null };
}

function without(
  files: readonly InputFile[],
  patterns: string,
  emit: Emit,
): { kept: InputFile[]; excluded: Set<string> } {
  const beside = [...findCompanions(files.map(({ path }) => path)).values()].flat().map(({ path }) => path);
  const { kept: others, excluded } = exclude(files, patterns, beside);
  // Without their image, its weight map and its mask would be taken for images.
  const paths = files.map(({ path }) => path);
  const planes = new Set([...findCompanions(excluded, undefined, paths).values()].flat().map(({ path }) => path));
  const kept = others.filter(({ path, named }) => named || !planes.has(path));
  if (kept.length === 0) {
    throw new AppError(
      Exit.usage,
      'exclude_all',
      `--exclude ${patterns.replaceAll('\n', ' ')} leaves no input; name fewer`,
    );
  }
  const message = `${count(excluded.length, 'input is', 'inputs are')} excluded (${first(excluded)})`;
  emit({ event: 'info', code: 'excluded', message });
  return { kept, excluded: new Set(excluded.map((path) => realOf(path) ?? path)) };
}

/** Solutions among the inputs serve their images, and are no tiles. */
function tellSolutions(files: readonly InputFile[], emit: Emit): void {
  for (const named of [true, false]) {
    const paths = files.filter((file) => file.named === named).map(({ path }) => path);
    if (paths.length === 0) continue;
    const message = `${count(paths.length, 'solution of another input, not a tile', 'solutions of other inputs, not tiles')} (${first(paths)})`;
    emit({ event: named ? 'warning' : 'info', code: 'sidecar_inputs', message });
  }
}

/** What lies in a folder beside tiles: one line a kind. */
function tellPassed(passed: readonly Passed[], emit: Emit): void {
  const of = (why: Passed['why']) => passed.filter((one) => one.why === why).map(({ path }) => path);
  const [hidden, links, names] = [of('hidden'), of('broken_link'), of('not_utf8')];
  if (hidden.length > 0) {
    const message = `${count(hidden.length, 'hidden file is', 'hidden files are')} passed over (${first(hidden)})`;
    emit({ event: 'info', code: 'hidden_files', message });
  }
  if (links.length > 0) {
    const message = `${count(links.length, 'link leads', 'links lead')} nowhere and cannot be read (${first(links)})`;
    emit({ event: 'warning', code: 'broken_links', message });
  }
  if (names.length > 0) {
    const message = `${count(names.length, 'file has', 'files have')} a name that is not UTF-8 and cannot be opened; rename (${first(names)})`;
    emit({ event: 'warning', code: 'unreadable_names', message });
  }
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** The first few names. */
function first(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => basename(path));
  return `${shown.join(', ')}${paths.length > shown.length ? ` and ${paths.length - shown.length} more` : ''}`;
}
