import { Exit, type ExitCode } from '@zemosaic/core';

export interface Signals {
  stop: () => ExitCode | null;
  close: () => void;
}

/**
 * The first signal asks the run to stop after its chunk; the second ends at once. Either way what is finished stays
 * beside the output for a later run: a chunk that is cut off is made again.
 */
export function listenForSignals(say: (message: string) => void): Signals {
  let asked: ExitCode | null = null;
  const on = (exit: ExitCode) => () => {
    if (asked !== null) process.exit(exit);
    asked = exit;
    say('stopping after this chunk; once more stops now');
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
