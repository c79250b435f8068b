import { existsSync } from 'node:fs';
import type { MosaicRequest } from '../config/options.ts';
import { AppError, Exit, lineOf } from '../error.ts';
import type { Emit } from '../event.ts';
import { expandInputs, type InputFile } from './expand.ts';
import { checkOutputs, dropOutputs, type OutputPaths, outputPaths } from './output-paths.ts';

/** The input files of a request and the output files it will write, checked before any work. */
export function findInputs(request: MosaicRequest, emit: Emit): { files: InputFile[]; outputs: OutputPaths | null } {
  const { options, out } = request;
  if (options.like !== null && !existsSync(options.like)) {
    throw new AppError(Exit.input, 'no_such_file', `--like ${options.like} does not exist; check the path`);
  }
  const inputs = expandInputs(request.inputs);
  if (inputs.duplicates.length > 0) {
    emit({
      event: 'warning',
      code: 'duplicate',
      message: `${inputs.duplicates.length} input${inputs.duplicates.length === 1 ? ' is' : 's are'} named more than once and counted once (${inputs.duplicates[0]})`,
    });
  }
  if (out === null) return { files: inputs.files, outputs: null };
  const outputs = outputPaths(out, options);
  checkOutputs(outputs, inputs.files, options.force);
  const { kept, dropped } = dropOutputs(outputs, inputs.files);
  for (const path of dropped) {
    emit({
      event: 'info',
      code: 'output_found',
      message: lineOf({ path, reason: 'an output of this run, not a tile' }),
    });
  }
  return { files: kept, outputs };
}
