import { asAppError, type Engine, Exit, type ExitCode } from '@zemosaic/core';

/** Milliseconds from a signal to the end of the process, however long the chunk still takes. */
const GRACE = 700;
/** The same where JavaScript does not answer, because a call does not return. */
const DEAF = { firstMs: 900, secondMs: 50 };

export interface Signals {
  stop: () => ExitCode | null;
  close: () => void;
}

/** How the end of a run is told. */
export interface LastWords {
  /** A signal was heard. */
  asked: (message: string) => void;
  /** The run ends now, unfinished. */
  ended: (exit: ExitCode, message: string) => void;
  /** What `ended` would write, with `%t` for the seconds since the start. */
  unheard: { out: string; err: string };
  seconds: () => number;
}

/** Nothing is said of the output, which may be complete while a picture of it is drawn. */
export const STOPPED = 'stopped by signal';

/**
 * The first signal asks the run to stop after its chunk, within a second; the second ends it at once. In both cases
 * finished chunks stay beside the output for a later run, and a chunk that was cut off is made again.
 */
export function listenForSignals(engine: Engine, words: LastWords): Signals {
  let asked: ExitCode | null = null;
  const end = (exit: ExitCode) => {
    engine.removeTemporaryFiles();
    words.ended(exit, STOPPED);
    process.exit(exit);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const on = (exit: ExitCode) => () => {
    if (asked !== null) return end(asked);
    asked = exit;
    words.asked('stopping after this chunk, within a second; signal again to stop now');
    timer = setTimeout(end, GRACE, exit);
    timer.unref();
  };
  const handlers = new Map<NodeJS.Signals, () => void>();
  const hear = (signal: NodeJS.Signals, exit: ExitCode) => {
    const handler = on(exit);
    handlers.set(signal, handler);
    process.on(signal, handler);
  };
  hear('SIGINT', Exit.interrupted);
  hear('SIGTERM', Exit.terminated);
  const hangup = !engine.ignoresHangup();
  if (hangup) hear('SIGHUP', Exit.terminated);
  const exits = { interrupted: Exit.interrupted, terminated: Exit.terminated };
  try {
    engine.guardSignals({ ...DEAF, ...exits, hangup, ...words.unheard, started: words.seconds() });
  } catch (error) {
    throw asAppError(error, Exit.unexpected);
  }
  return {
    stop: () => asked,
    close: () => {
      clearTimeout(timer);
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
