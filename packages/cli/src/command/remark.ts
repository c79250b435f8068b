import type { Emit } from '@zemosaic/core';
import type { Parsed } from '../args/parse.ts';

/** Emits the remarks that were collected while the options were read. */
export function remark(parsed: Parsed, emit: Emit): void {
  for (const message of parsed.infos) emit({ event: 'info', code: 'config', message });
  for (const message of parsed.warnings) emit({ event: 'warning', code: 'environment', message });
}
