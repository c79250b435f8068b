import { Exit, type ExitCode } from '@zemosaic/core';

export interface Signals {
  stop: () => ExitCode | null;
  track: (abandon: (() => void) | null) => void;
  close: () => void;
}

/** The first signal asks the run to stop after its chunk; the second drops the unfinished output and ends at once. */
export function listenForSignals(say: (message: string) => void): Signals {
  let asked: ExitCode | null = null;
  let abandon: (() => void) | null = null;
  const on = (exit: ExitCode) => () => {
    if (asked === null) {
      asked = exit;
      say('stopping after this chunk; once more stops now');
      return;
    }
    try {
      abandon?.();
    } finally {
      process.exit(exit);
    }
  };
  const interrupted = on(Exit.interrupted);
  const terminated = on(Exit.terminated);
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', terminated);
  return {
    stop: () => asked,
    track: (next) => {
      abandon = next;
    },
    close: () => {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', terminated);
    },
  };
}
