import { asAppError, type Engine, Exit, type ExitCode } from '@zemosaic/core';

/** Milliseconds from a signal to the end of the process: while nothing is made yet, and however long the chunk still takes. */
const GRACE = { waiting: 250, making: 700 };
/** The same where JavaScript does not answer, because a call does not return: before it has heard the signal, and after. */
const DEAF = { unheard: 300, heard: 900, second: 50 };

export interface Signals {
  stop: () => ExitCode | null;
  /** A mosaic is begun, of which finished chunks are kept. */
  begun: (mosaic: string) => void;
  /** It is in its place. */
  complete: () => void;
  close: () => void;
}

/** How the end of a run is told. */
export interface LastWords {
  /** A signal was heard. */
  asked: (message: string) => void;
  /** The run ends now, unfinished. */
  ended: (exit: ExitCode, message: string) => void;
  /** What `ended` would write, with `%t` for the seconds since the start. */
  unheard: (message: string) => { out: string; err: string };
  seconds: () => number;
}

const STOPPED = 'stopped by signal';

/**
 * The first signal asks the run to stop after its chunk, within a second; the second ends it at once. In both cases
 * finished chunks stay beside the output for a later run, and a chunk that was cut off is made again.
 */
export function listenForSignals(engine: Engine, words: LastWords): Signals {
  let asked: ExitCode | null = null;
  let grace = GRACE.waiting;
  let mosaic: string | null = null;
  let complete = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The engine knows it before the call returns that puts it in its place.
  const isComplete = () => complete || (mosaic !== null && engine.isPublished());
  const exitOf = (signal: ExitCode) => (isComplete() ? Exit.extra : signal);
  const completed = () => `${STOPPED}; ${mosaic} is complete, but what goes with it is not`;
  const message = () => (isComplete() ? completed() : STOPPED);
  const end = () => {
    engine.removeTemporaryFiles();
    const exit = exitOf(asked ?? Exit.terminated);
    words.ended(exit, message());
    process.exit(exit);
  };
  const hangup = !engine.ignoresHangup();
  const guard = () =>
    engine.guardSignals({
      ...{ firstMs: asked === null ? DEAF.unheard : DEAF.heard, secondMs: DEAF.second },
      ...{ interrupted: exitOf(Exit.interrupted), terminated: exitOf(Exit.terminated), hangup },
      ...{ ...words.unheard(message()), started: words.seconds() },
      ...(mosaic === null ? {} : { published: { exit: Exit.extra, ...words.unheard(completed()) } }),
    });
  const handlers = new Map<NodeJS.Signals, () => void>();
  const hear = (signal: NodeJS.Signals, exit: ExitCode) => {
    const handler = () => {
      if (asked !== null) return end();
      asked = exit;
      guard();
      const stopping = isComplete() ? `stopping; ${mosaic} is complete` : 'stopping after this chunk, within a second';
      words.asked(`${stopping}; signal again to stop now`);
      timer = setTimeout(end, grace);
      timer.unref();
    };
    handlers.set(signal, handler);
    process.on(signal, handler);
  };
  hear('SIGINT', Exit.interrupted);
  hear('SIGTERM', Exit.terminated);
  if (hangup) hear('SIGHUP', Exit.terminated);
  try {
    guard();
  } catch (error) {
    throw asAppError(error, Exit.unexpected);
  }
  return {
    stop: () => asked,
    begun: (path) => {
      grace = GRACE.making;
      mosaic = path;
      guard();
    },
    complete: () => {
      complete = true;
      guard();
    },
    close: () => {
      clearTimeout(timer);
      for (const [signal, handler] of handlers) process.off(signal, handler);
      if (asked === null) return;
      // A picture that is still drawn is not waited for.
      setImmediate(() => {
        engine.removeTemporaryFiles();
        process.exit();
      });
    },
  };
}
