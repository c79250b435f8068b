import { Exit, type ExitCode, prepare, warnOfDisk, warnOfMemory } from '@zemosaic/core';
import { loadOptions } from '../args/load.ts';
import type { Context } from '../context.ts';
import { planLines } from '../render/human.ts';
import { counted } from '../render/words.ts';
import { remark } from './remark.ts';

/** `zemosaic plan INPUT...`: what `mosaic` would do, without doing it. */
export async function runPlan(context: Context): Promise<ExitCode> {
  const parsed = await loadOptions(context);
  remark(parsed, context.emit);
  const { inputs, output: out, config } = context;
  const request = { command: 'plan', inputs, out, options: parsed.options, config };
  const made = await prepare(context.engine, request, context.environment, context.emit);
  made.device.abandon(false);
  warnOfMemory(made, context.emit);
  warnOfDisk(made, context.emit);
  const plain = (text: string) => text;
  context.renderer.result('plan', { ...made.facts, skipped: made.skipped }, () => [
    ...planLines(made.facts, plain).map((line) => line.slice(2)),
    ...(made.skipped.length > 0 ? [`skipped   ${counted(made.skipped.length, 'tile')}`] : []),
  ]);
  return Exit.done;
}
