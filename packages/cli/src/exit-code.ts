import { AppError, describe, Exit, type ExitCode } from '@zemosaic/core';

/** The message and exit code of a failed run. */
export interface Failure {
  exit: ExitCode;
  code: string;
  message: string;
  stack: string | null;
}

/** Expected failures carry their exit code; anything else is a bug in the program. */
export function failureOf(error: unknown): Failure {
  const { code, message } = describe(error);
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  if (error instanceof AppError) return { exit: error.exit, code, message: oneLine(message), stack };
  return {
    exit: Exit.unexpected,
    code,
    message: `unexpected: ${oneLine(message)}; run again with --debug and report it`,
    stack,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
