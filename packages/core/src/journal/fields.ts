/** The fields of an object that was read from somewhere. */
export type Fields = { [name: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A whole number that is no less than 0, and less than `end`. */
export function isCount(value: unknown, end = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < end;
}

/** A number that is no less than 0, and no larger than a count can be. */
export function isAmount(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= Number.MAX_SAFE_INTEGER;
}
