import { basename } from 'node:path';
import { escaped, figure, filled, htmlTable, stageChart, style, tag, type Vram, vramChart } from '../page/index.ts';
import { TroubleKinds } from '../trouble-kinds.ts';
import { MB } from '../units.ts';
import type { RunReport } from './schema.ts';

/** What the page shows in addition to the figures of the report. */
export interface Pictures {
  /** PNG files; null where they could not be made. */
  mosaic: Uint8Array | null;
  coverage: Uint8Array | null;
  /** Border of each tile of the report: x, y, x, y... in grid pixels, NaN where the grid cannot show it. */
  outlines: readonly ArrayLike<number>[];
}

const TEMPLATE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{name}}</title>
<style>
{{style}}</style>
</head>
<body>
<main>
<header><h1>{{name}}</h1><p>{{made}}</p><p>{{host}}</p></header>
<section><h2>Mosaic</h2>{{figures}}{{pictures}}</section>
{{warnings}}
<section><h2>Channels</h2>{{charts}}{{channels}}</section>
{{background}}
<section><h2>Tiles</h2>{{skipped}}{{tiles}}</section>
<section><h2>Options</h2>{{options}}</section>
</main>
</body>
</html>
`;

/** The report for people: one self-contained page without scripts, fonts or network access. */
export function reportPage(report: RunReport, pictures: Pictures): string {
  const { host, grid } = report;
  return filled(TEMPLATE, {
    style: style(),
    name: escaped(basename(report.outputs[0] ?? 'mosaic')),
    made: escaped(`zemosaic ${report.version} · ${report.command}`),
    host: escaped(`${host.threads} threads, ${host.simd}, ${gigabytes(host.ram_total)} of memory, ${host.power}`),
    figures: figures(report),
    pictures: pictureParts(report, pictures, grid),
    warnings: warningsOf(report),
    charts: charts(report),
    channels: channelTable(report),
    background: background(report),
    tiles: tileTable(report),
    skipped: skippedTable(report),
    options: optionParts(report),
  });
}

function figures(report: RunReport): string {
  const { grid } = report;
  const [lon, lat] = grid.center;
  const centre =
    lon === undefined || lat === undefined ? '-' : `${lon.toFixed(4)} ${lat < 0 ? '' : '+'}${lat.toFixed(4)}`;
  const rows: [string, string][] = [
    ['size', `${grid.width} x ${grid.height}${grid.planes > 1 ? ` x ${grid.planes}` : ''} px`],
    ['scale', `${figure(grid.scale_arcsec)} arcsec/px`],
    ['projection', `${grid.projection}, ${grid.frame}`],
    ['centre', centre],
    ['covered', `${(Math.floor(report.coverage_fraction * 1000) / 10).toFixed(1)} %`],
    ['tiles', `${report.tiles_used} used, ${report.tiles_skipped} skipped`],
    ['time', `${report.seconds.toFixed(2)} s, waiting for the disk ${report.sync_ms.toFixed(0)} ms`],
    ['output', `${(report.bytes / MB).toFixed(1)} MB`],
  ];
  if (report.resumed !== null) rows.push(['resumed', `${report.resumed.rows} rows were already done`]);
  return `<dl>${rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>`;
}

function pictureParts(report: RunReport, pictures: Pictures, grid: { width: number; height: number }): string {
  const outlines = report.tiles.map((tile, at) => outline(tile.path, pictures.outlines[at] ?? [], grid));
  const svg = tag(
    'svg',
    {
      viewBox: `0 0 ${grid.width} ${grid.height}`,
      role: 'img',
      'aria-label': 'Outlines of the tiles',
      preserveAspectRatio: 'none',
    },
    outlines.join(''),
  );
  const parts = [
    picture(pictures.mosaic, '', 'The mosaic, as --preview draws it.'),
    picture(
      pictures.coverage,
      svg,
      'Coverage, the sum of weights; brighter is more. Lines are the tiles; point at one to see its name.',
    ),
  ];
  return `<div class="pictures">${parts.join('')}</div>`;
}

function picture(png: Uint8Array | null, over: string, caption: string): string {
  if (png === null) return '';
  const data = Buffer.from(png).toString('base64');
  return `<figure><div class="picture"><img alt="" src="data:image/png;base64,${data}">${over}</div><figcaption>${caption}</figcaption></figure>`;
}

/** The border of a tile. A jump over half the grid is the seam of an all-sky projection and is not drawn. */
function outline(path: string, points: ArrayLike<number>, grid: { width: number; height: number }): string {
  let d = '';
  let last: [number, number] | null = null;
  const count = points.length / 2;
  for (let n = 0; n <= count && count > 0; n += 1) {
    const x = points[2 * (n % count)] ?? Number.NaN;
    const y = points[2 * (n % count) + 1] ?? Number.NaN;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      last = null;
      continue;
    }
    // Pixel centres are whole numbers, and FITS counts rows from the bottom.
    const at: [number, number] = [x + 0.5, grid.height - 0.5 - y];
    const jumps = last !== null && Math.abs(at[0] - last[0]) > grid.width / 2;
    d += `${last === null || jumps ? 'M' : 'L'}${at[0].toFixed(1)} ${at[1].toFixed(1)}`;
    last = at;
  }
  return d === '' ? '' : tag('path', { d, class: 'outline' }, tag('title', {}, escaped(basename(path))));
}

function charts({ channels }: RunReport): string {
  const bars = stageChart(channels.map((channel) => ({ name: channel.backend, channel })));
  const vram: Vram[] = channels
    .filter((one) => one.backend !== 'cpu')
    .map((one) => ({
      channel: one.channel,
      chunk: null,
      free: one.free_vram_mb,
      budget: one.budget_mb,
      cap: one.cap_mb,
      used: one.peak_bytes / MB,
    }));
  const memory =
    vram.length === 0
      ? ''
      : `<h3>Device memory</h3><p class="note">What was free before each channel, what the channel was allowed, and the most it used.</p>${vramChart(vram, 'Device memory of each channel')}`;
  return `<h3>Time of each channel</h3><p class="note">Stages overlap, so their sum may exceed the elapsed time; map, kernel and write are averaged over the threads.</p>${bars}${memory}`;
}

function channelTable({ channels }: RunReport): string {
  const head = [
    'channel',
    'backend',
    'ms',
    'chunks',
    'rows per chunk',
    'retries',
    'budget MB',
    'cap MB',
    'peak MB',
    'read MB',
    'dead in it',
    'to the CPU',
  ];
  const mb = (value: number | null) => (value === null ? '-' : value.toFixed(1));
  const rows = channels.map((one) => [
    one.channels > 1 ? `${one.channel}-${one.channel + one.channels - 1}` : `${one.channel}`,
    one.backend,
    (one.seconds * 1000).toFixed(1),
    `${one.chunks}`,
    `${one.rows_per_chunk}`,
    `${one.retries}`,
    mb(one.budget_mb),
    mb(one.cap_mb),
    mb(one.peak_bytes / MB),
    mb(one.bytes_read / MB),
    `${one.dead_in_one_channel}`,
    one.fallback === null ? '-' : `${one.fallback.reason}, from row ${one.fallback.row0}`,
  ]);
  return htmlTable([head, ...rows]);
}

function background({ background: found }: RunReport): string {
  if (found === null) return '';
  const wanted = found.gain ? `${found.model} and gain` : found.model;
  const channels = found.channels.map((channel, at) => {
    const change = `${channel.pairs} overlaps; differences between tiles rms ${figure(channel.rms_before)} before, ${figure(channel.rms_after)} after`;
    const rows = channel.tiles.map((tile) => [
      tile.hdu === 0 ? basename(tile.path) : `${basename(tile.path)}[${tile.hdu}]`,
      `${tile.group}`,
      figure(tile.gain),
      figure(tile.offset),
      figure(tile.slope_x),
      figure(tile.slope_y),
    ]);
    const table = htmlTable([['tile', 'group', 'gain', 'offset', 'slope x', 'slope y'], ...rows]);
    const notes = channel.notes.map((note) => `<p class="warn">${escaped(note)}</p>`).join('');
    return `<h3>Channel ${at + 1}</h3><p class="note">${escaped(change)}</p>${notes}${table}`;
  });
  const about = `Matched by ${wanted} in ${found.ms.toFixed(0)} ms, ${(found.bytes_read / MB).toFixed(1)} MB read. Slopes are per output pixel from the centre of the grid.`;
  return `<section><h2>Background</h2><p class="note">${escaped(about)}</p>${channels.join('')}</section>`;
}

function tileTable({ tiles }: RunReport): string {
  const rows = tiles.map((tile) => [
    tile.path,
    `${tile.hdu}`,
    figure(tile.weight),
    tile.weight_keyword ?? '-',
    tile.weight_map === null ? '-' : basename(tile.weight_map),
    tile.alpha ? 'yes' : '-',
    figure(tile.flux_scale),
    tile.damage ?? '-',
  ]);
  const head = ['used', 'HDU', 'weight', 'from', 'weight map', 'opacity', 'flux scale', 'damage'];
  return htmlTable([head, ...rows], [0, 3, 4, 7]);
}

function skippedTable({ skipped }: RunReport): string {
  if (skipped.length === 0) return '';
  const kinds = new TroubleKinds();
  for (const tile of skipped) kinds.add(tile);
  const rows = [...kinds].map(({ first, count, names }) => [
    count === 1 ? first.path : `${count}: ${names}`,
    first.code,
    first.reason,
  ]);
  return htmlTable([['skipped', 'code', 'reason'], ...rows], [0, 1, 2]);
}

function warningsOf({ warnings }: RunReport): string {
  if (warnings.length === 0) return '';
  const lines = warnings.map(({ code, message }) => `<li><b>${escaped(code)}</b> ${escaped(message)}</li>`);
  return `<section><h2>Warnings</h2><ul class="lines">${lines.join('')}</ul></section>`;
}

function optionParts({ options, origins, debug_variables: debug }: RunReport): string {
  const set = Object.entries(options).filter(([name]) => origins[name] !== undefined && origins[name] !== 'default');
  const rows = set.map(([name, value]) => [
    `--${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
    origins[name] ?? '',
  ]);
  const table =
    rows.length === 0
      ? '<p class="note">All have their default values.</p>'
      : htmlTable([['option', 'value', 'from'], ...rows], [1, 2]);
  const levers = Object.entries(debug).map(([name, value]) => `<p class="warn">${escaped(`${name}=${value}`)}</p>`);
  return `${table}${levers.join('')}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / MB / 1024).toFixed(1)} GB`;
}
