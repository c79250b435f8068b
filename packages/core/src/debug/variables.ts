import type { HostFacts } from '../device.ts';

/** Variables that change what a run sees or does; meant for tests. */
export const DEBUG_VARIABLES = [
  'ZEMOSAIC_PRETEND_VRAM_MB',
  'ZEMOSAIC_INJECT_OOM',
  'ZEMOSAIC_PRETEND_POWER',
  'ZEMOSAIC_PROBE_SECONDS',
  'FAKE_CUDA_TOTAL_MB',
];

/** The debug variables that are set. */
export function debugVariables(environment: Record<string, string | undefined>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of DEBUG_VARIABLES) {
    const value = environment[name];
    if (value !== undefined && value !== '') set[name] = value;
  }
  return set;
}

/** The power supply of the host, unless ZEMOSAIC_PRETEND_POWER overrides it. */
export function powerOf(host: Pick<HostFacts, 'power'>, environment: Record<string, string | undefined>): string {
  const pretended = environment.ZEMOSAIC_PRETEND_POWER;
  return pretended === 'battery' || pretended === 'mains' ? pretended : host.power;
}
