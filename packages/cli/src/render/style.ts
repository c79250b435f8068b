export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  warn(text: string): string;
  error(text: string): string;
  accent(text: string): string;
}

const wrap = (open: number, close: number) => (text: string) => `\x1b[${open}m${text}\x1b[${close}m`;
const same = (text: string) => text;

export function style(colour: boolean): Style {
  if (!colour) return { dim: same, bold: same, warn: same, error: same, accent: same };
  return { dim: wrap(2, 22), bold: wrap(1, 22), warn: wrap(33, 39), error: wrap(31, 39), accent: wrap(36, 39) };
}

/** Colours only on a terminal that supports them, and only if nothing disables them. */
export function wantsColour(
  environment: Record<string, string | undefined>,
  terminal: boolean,
  noColor: boolean,
): boolean {
  if (noColor || !terminal || environment.TERM === 'dumb') return false;
  return environment.NO_COLOR === undefined || environment.NO_COLOR === '';
}
