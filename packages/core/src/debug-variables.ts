/** Variables that change what a run sees or does; for tests. */
export const DEBUG_VARIABLES = [
  'ZEMOSAIC_PRETEND_VRAM_MB',
  'ZEMOSAIC_INJECT_OOM',
  'ZEMOSAIC_PRETEND_POWER',
  'FAKE_CUDA_TOTAL_MB',
];

/** Those in force. */
export function debugVariables(environment: Record<string, string | undefined>): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of DEBUG_VARIABLES) {
    const value = environment[name];
    if (value !== undefined && value !== '') set[name] = value;
  }
  return set;
}
