/** Exit codes of the command line; one meaning each. */
export const Exit = {
  done: 0,
  unexpected: 1,
  usage: 2,
  input: 3,
  absurd: 4,
  disk: 5,
  backend: 6,
  skipped: 7,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** An expected failure: one line for the user, a stable code, and the exit code it leads to. */
export class AppError extends Error {
  readonly exit: ExitCode;
  readonly code: string;

  constructor(exit: ExitCode, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.exit = exit;
    this.code = code;
  }
}

/** The stable code and message of anything the engine threw or rejected with. */
export function describe(error: unknown): { code: string; message: string } {
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return { code: typeof code === 'string' ? code : 'unexpected', message: error.message };
  }
  return { code: 'unexpected', message: String(error) };
}

/** A reason without the file's name in front, for where the name is said already. */
export function reasonOf(path: string, message: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}

const DISK_CODES = new Set(['exists', 'no_space', 'not_writable', 'locked']);
const SYSTEM_CODES: Record<string, string> = {
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
  EACCES: 'not_writable',
  EPERM: 'not_writable',
  EROFS: 'not_writable',
  EEXIST: 'exists',
};

/**
 * Folds an engine error into an AppError. Disk trouble is exit 5 wherever it strikes, an option that only the engine
 * can judge exit 2; the rest is `exit`.
 */
export function asAppError(error: unknown, exit: ExitCode): AppError {
  if (error instanceof AppError) return error;
  const { code, message } = describe(error);
  const stable = SYSTEM_CODES[code] ?? code;
  if (stable === 'grid_invalid_option') return new AppError(Exit.usage, stable, message, { cause: error });
  // Whatever the backend: its windows and rows are the host's.
  if (stable === 'out_of_memory') return new AppError(Exit.backend, stable, message, { cause: error });
  return new AppError(DISK_CODES.has(stable) ? Exit.disk : exit, stable, message, { cause: error });
}
