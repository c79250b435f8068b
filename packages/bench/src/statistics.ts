/** The median of a set of runs, and their range. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? 0;
  const half = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** The run nearest to the median. */
export function middle<T>(runs: readonly T[], value: (run: T) => number): T | undefined {
  const { median } = spread(runs.map(value));
  return [...runs].sort((a, b) => Math.abs(value(a) - median) - Math.abs(value(b) - median))[0];
}
