import type { Context } from '../context.ts';
import { type Parsed, parseOptions } from './parse.ts';

/**
 * The options of a run. The code that checks config files is loaded only if there is one.
 * @throws AppError exit 2.
 */
export async function loadOptions(context: Context): Promise<Parsed> {
  const path = context.config;
  const config = path === null ? null : (await import('./config-file.ts')).readConfig(path, context.configBy);
  return parseOptions(context.flags, context.environment, config);
}
