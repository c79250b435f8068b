import { Exit, type ExitCode } from '@zemosaic/core';

export interface Signals {
  stop: () => ExitCode | null;
  close: () => void;
}

/**
 * The first signal asks the run to stop after its chunk; the second ends it at once. In both cases finished chunks stay
 * beside the output for a later run, and a chunk that was cut off is made again.
 */
export function listenForSignals(say: (message: string) => void): Signals {
  let asked: ExitCode | null = null;
  const on = (exit: ExitCode) => () => {
    if (asked !== null) process.exit(exit);
    asked = exit;
    say('stopping after this chunk; signal again to stop now');
  };
  const interrupted = on(Exit.interrupted);
  const terminated = on(Exit.terminated);
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', terminated);
  return {
    stop: () => asked,
    close: () => {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', terminated);
    },
  };
}
