import { basename } from 'node:path';
import { Exit, type ExitCode, type Inspected, inspect } from '@zemosaic/core';
import type { Context } from '../context.ts';
import { degrees, position, scale, table } from '../render/words.ts';

const HEAD = [
  ...['file', 'hdu', 'shape', 'type', 'projection', 'scale', 'centre', 'rotation', 'NaN'],
  ...['alpha', 'weight', 'remarks'],
];

/** `zemosaic inspect INPUT...`: a table of what the inputs contain. */
export async function runInspect(context: Context): Promise<ExitCode> {
  const rows = await inspect(context.engine, context.inputs, context.emit);
  context.renderer.result('inspect', { tiles: rows }, () => table([HEAD, ...rows.map(cells)], [1, 5, 7, 8]));
  // A file that is not a tile is a finding, not a failure; only a set without any usable tile fails.
  return rows.some((row) => row.problem === null && row.role === 'science') ? Exit.done : Exit.input;
}

function cells(row: Inspected): string[] {
  const shape =
    row.width === null ? '-' : `${row.width} x ${row.height}${(row.planes ?? 1) > 1 ? ` x ${row.planes}` : ''}`;
  const distortion = row.distortion === null ? '' : `-${row.distortion}`;
  return [
    basename(row.path),
    row.hdu === null ? '-' : String(row.hdu),
    shape,
    row.bitpix === null ? '-' : String(row.bitpix),
    row.projection === null ? '-' : `${row.projection}${distortion} ${row.frame ?? ''}`.trim(),
    row.scale_arcsec === null ? '-' : scale(row.scale_arcsec),
    row.center === null ? '-' : position(row.center),
    row.rotation_deg === null ? '-' : `${degrees(row.rotation_deg)}${row.mirrored ? ' mirrored' : ''}`,
    row.nan === null ? '-' : String(row.nan),
    row.alpha ? 'yes' : '-',
    weight(row),
    remarks(row),
  ];
}

function planeName(row: Inspected): string {
  const what = row.role === 'weight' ? 'weight map' : `${row.name ?? row.role} plane`;
  return row.belongs_to === null ? what : `${what} of ${basename(row.belongs_to)}`;
}

function weight(row: Inspected): string {
  if (row.role !== 'science') return '-';
  if (row.weight_map !== null) return `map ${basename(row.weight_map)}`;
  return row.weight_keyword === null ? '1' : `${row.weight} ${row.weight_keyword}`;
}

function remarks(row: Inspected): string {
  const role = row.role === 'science' || row.role === 'file' ? [] : [planeName(row)];
  const flux = row.flux_scale === 1 ? [] : [`FLXSCALE ${row.flux_scale}`];
  const solved = row.solution === null ? [] : [`solved by ${basename(row.solution)}`];
  const problem = row.problem === null ? [] : [row.problem.message];
  return [...role, ...problem, ...solved, ...flux, ...row.warnings].join('; ');
}
