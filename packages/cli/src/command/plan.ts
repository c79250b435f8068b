import { asAppError, Exit, type ExitCode, planRun, warnOfDisk, warnOfMemory } from '@zemosaic/core';
import { loadOptions } from '../args/load.ts';
import type { Context } from '../context.ts';
import { planLines } from '../render/human.ts';
import { counted } from '../render/words.ts';
import { remark } from './remark.ts';

/**
 * `zemosaic plan INPUT...`: what `mosaic` would do, without doing it.
 * @throws AppError what `mosaic` would refuse, once the plan is shown.
 */
export async function runPlan(context: Context): Promise<ExitCode> {
  const parsed = await loadOptions(context);
  remark(parsed, context.emit);
  const { inputs, output: out, config } = context;
  const { made, refuse } = await planRun({ command: 'plan', inputs, out, options: parsed.options, config }, context);
  made.device.abandon(false);
  const refused = thrownBy(refuse);
  if (refused === null) warnOfMemory(made, context.emit);
  // Without -o nobody knows on which disk the mosaic is to be.
  if (out === null) warnOfDisk(made, context.emit);
  const plain = (text: string) => text;
  context.renderer.result('plan', { ...made.facts, skipped: made.skipped }, () => [
    ...planLines(made.facts, plain).map((line) => line.slice(2)),
    ...(made.skipped.length > 0 ? [`skipped   ${counted(made.skipped.length, 'tile')}`] : []),
  ]);
  if (refused !== null) throw refused;
  return Exit.done;
}

function thrownBy(work: () => void) {
  try {
    work();
    return null;
  } catch (error) {
    return asAppError(error, Exit.unexpected);
  }
}
