export { decimal, integer, type Kind, pair, text } from './config/kind.ts';
export { TABLE } from './config/option-table.ts';
export {
  defaultOptions,
  type MosaicOptions,
  type MosaicRequest,
  makeOptions,
  OPTIONS,
  type OptionName,
  type OptionRow,
  optionsOf,
  rowsOf,
  setByLike,
  settingsOf,
  variableOf,
} from './config/options.ts';
export { type Command, GROUPS, option, type Row, toggle } from './config/row.ts';
export { importZeMosaicConfig, isZeMosaicConfig } from './config/zemosaic-config.ts';
export { DEBUG_VARIABLES, debugVariables, powerOf } from './debug/variables.ts';
export type { AccuracyFacts, Device, Engine, HostFacts, SkyLayout, StageMs } from './device.ts';
export { AppError, asAppError, asProblem, describe, Exit, type ExitCode, lineOf } from './error.ts';
export type { Emit, Origin, PlanFacts, RunEvent } from './event.ts';
export { type Inspected, inspect } from './inspect.ts';
export { type MosaicResult, mosaic, planRun } from './mosaic.ts';
export { nativeEngine } from './native/native-device.ts';
export { scriptWords } from './native/start.ts';
export { about } from './plan/best-backend.ts';
export { onCpu, onGpu } from './plan/cost/estimate.ts';
export type { Job } from './plan/cost/job.ts';
export { warnOfDisk } from './plan/disk.ts';
export { warnOfMemory } from './plan/memory.ts';
export { prepare } from './plan/prepare.ts';
export { printable, printableJson } from './printable.ts';
export { removedAfter } from './removed-after.ts';
export type { ChannelReport } from './report/report.ts';
export type { RunReport } from './report/schema.ts';
export { LONGEST, readSmallText } from './small-text.ts';
export type { Surroundings } from './surroundings.ts';
export { countingLine, skippedLine, type TroubleKind, TroubleKinds } from './trouble-kinds.ts';
export { MB } from './units.ts';
