import { devNull } from 'node:os';

/**
 * The words that start a script of ours in another process, as the launcher (cli/bin/zemosaic) starts the program: nothing
 * in the folder that it is started in is taken for settings, variables or modules.
 */
export function scriptWords(script: string): string[] {
  const settings = [`--config=${devNull}`, `--tsconfig-override=${devNull}`, '--no-env-file', '--no-install'];
  return [process.execPath, ...settings, script];
}
