import type { ExitCode } from '@zemosaic/core';

/** Starts a command again in another environment, and passes on how it ended. */
export async function startAgain(argv: string[], env: Record<string, string | undefined>): Promise<ExitCode> {
  const child = Bun.spawn(argv, { env, stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' });
  const end = () => child.kill();
  process.on('exit', end);
  const exit = (await child.exited) as ExitCode;
  process.off('exit', end);
  return exit;
}
