import { MB, printable } from '@zemosaic/core';

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < MB) return `${(count / 1024).toFixed(1)} KB`;
  if (count < 1024 * MB) return `${(count / MB).toFixed(1)} MB`;
  return `${(count / MB / 1024).toFixed(2)} GB`;
}

export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(value < 10 ? 2 : 1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

export function percent(fraction: number): string {
  // Rounded down: never 100 % while something is missing.
  const shown = Math.floor(fraction * 1000) / 10;
  return `${shown.toFixed(1)} %`;
}

export function scale(arcsec: number): string {
  if (arcsec >= 60) return `${(arcsec / 60).toFixed(2)}'/px`;
  return `${arcsec.toPrecision(3)}"/px`;
}

export function position(center: readonly number[]): string {
  const [lon, lat] = center;
  if (lon === undefined || lat === undefined) return '-';
  return `${lon.toFixed(4)} ${lat < 0 ? '' : '+'}${lat.toFixed(4)}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Rows as aligned columns; the columns in `right` are aligned to the right. */
export function table(given: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  // What is not printed has no width.
  const rows = given.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, Bun.stringWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const room = ' '.repeat((widths[at] ?? 0) - Bun.stringWidth(cell));
        return right.includes(at) ? room + cell : cell + room;
      })
      .join('   ')
      .trimEnd(),
  );
}

/** An angle to a tenth of a degree; zero has no minus sign. */
export function degrees(angle: number): string {
  const text = angle.toFixed(1);
  return `${text === '-0.0' ? '0.0' : text} deg`;
}
