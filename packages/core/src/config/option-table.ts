import type { BackendName, BackgroundModel, Combine, Kernel, Rotation } from '../device.ts';
import { angle, bits, channelFilters, choice, decimal, integer, orWord, pair, path, text } from './kind.ts';
import { allOf, option, toggle } from './row.ts';

const PROJECTIONS = [
  ...['auto', 'TAN', 'SIN', 'STG', 'ARC', 'ZEA', 'CAR', 'CEA', 'MER', 'SFL', 'MOL', 'AIT', 'ZPN', 'AZP', 'SZP'],
  ...['AIR', 'CYP', 'PAR', 'COP', 'COE', 'COD', 'COO', 'BON', 'PCO', 'TSC', 'CSC', 'QSC', 'HPX', 'XPH'],
];
const KERNELS = allOf<Kernel>()(['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4', 'exact']);
const COMBINES = allOf<Combine>()([
  'mean',
  'median',
  'winsorized',
  'kappa-sigma',
  'min',
  'max',
  'sum',
  'first',
  'last',
]);
const FLUXES = allOf<'auto' | 'brightness' | 'total'>()(['auto', 'brightness', 'total']);
const MASKS = allOf<'auto' | 'none'>()(['auto', 'none']);
const SOLUTIONS = allOf<'auto' | 'beside' | 'none'>()(['auto', 'beside', 'none']);
const MODELS = allOf<BackgroundModel>()(['none', 'offset', 'plane']);
const ROTATIONS = allOf<Rotation>()(['north-up', 'auto']);
const BACKENDS = allOf<'auto' | 'gpu' | BackendName>()(['auto', 'gpu', 'cuda', 'wgpu', 'cpu']);

const ra = angle('H', decimal({ min: -360, max: 360, unit: 'degrees' }));
const dec = angle('D', decimal({ min: -90, max: 90, unit: 'degrees' }));
const center = pair(ra, dec, 'RA,DEC in degrees');
const side = integer({ min: 1, max: 1_000_000 });
const size = pair(side, side, 'W,H in pixels');
const scale = decimal({ min: 0, max: 36_000, above: true, unit: 'arcsec per pixel' });
const hdu = text('auto, all, a number or a name');
const wcs = text('A to Z', /^[A-Za-z]$/);
const weights = text(
  'auto, none, noise or a header keyword',
  /^(auto|none|noise|(?![Aa][Uu][Tt][Oo]$|[Nn][Oo][Nn][Ee]$|[Nn][Oo][Ii][Ss][Ee]$)[A-Za-z0-9_-]{1,8})$/,
);
const names = {
  ...text('names or globs of inputs with commas between them'),
  show: (value: string) => value.replaceAll('\n', ','),
};
const finite = decimal({ min: -3e38, max: 3e38 });
const edge = decimal({ min: 0, max: 100_000, unit: 'pixels' });
const mapError = decimal({ min: 0, max: 1, above: true, unit: 'pixels' });
const fraction = decimal({ min: 0, max: 1, above: true });
const megabytes = (min: number) => integer({ min, max: 16_777_216, unit: 'MB' });

/** For commands that take several tiles: a single tile has nothing to be matched or combined with. */
const several = { commands: ['mosaic', 'plan'] } as const;
/** For commands that write: `plan` does not. */
const writing = { commands: ['mosaic', 'reproject'] } as const;

/**
 * Every option of a run. Flags, ZEMOSAIC_ variables, config files and their schema, help, the type of a run's options,
 * HISTORY and the fingerprint of an unfinished mosaic are derived from it. HISTORY keeps its order; help is sorted by group.
 */
export const TABLE = {
  kernel: option(
    'Pixels',
    'pixels',
    choice([...KERNELS, 'auto']),
    'bilinear',
    'NAME',
    `interpolation: ${KERNELS.join(', ')}; auto: exact on a grid coarser than the tiles, else bilinear`,
  ),
  combine: option('Pixels', 'pixels', choice(COMBINES), 'mean', 'NAME', `how tiles combine: ${COMBINES.join(', ')}`),
  weights: option(
    'Tiles',
    'pixels',
    weights,
    'auto',
    'HOW',
    'auto, none, noise (of each tile, measured) or a header keyword',
  ),
  blank: option(
    'Tiles',
    'pixels',
    orWord('auto', orWord('none', finite)),
    'auto',
    'HOW',
    'no data: auto: borders of one value; none; or all pixels of this value',
  ),
  trim: option('Tiles', 'pixels', edge, 0, 'PX', 'leave out this rim of the data of tiles'),
  flux: option(
    'Pixels',
    'pixels',
    choice(FLUXES),
    'auto',
    'HOW',
    'auto: values in units per pixel follow its area; brightness: none do; total: all do',
  ),
  mask: option('Tiles', 'pixels', choice(MASKS), 'auto', 'HOW', 'masks beside tiles: auto uses them, none does not'),
  'mask-bits': option(
    'Tiles',
    'pixels',
    bits(),
    null,
    'N',
    'bits of masks that are bad, or all (as the camera has it)',
  ),
  exclude: option(
    'Tiles',
    'pixels',
    names,
    null,
    'NAMES',
    'inputs to leave out: names or globs, with commas or repeated',
    {
      ...several,
      repeats: true,
    },
  ),
  feather: option('Tiles', 'pixels', edge, 0, 'PX', 'soften the edges of the data of tiles'),
  'match-background': option(
    'Pixels',
    'pixels',
    choice(MODELS),
    'offset',
    'HOW',
    `even out the sky between tiles, from their overlaps: ${MODELS.join(', ')}`,
    several,
  ),
  'match-gain': toggle('Pixels', 'pixels', 'even out gains between tiles, from their overlaps', several),
  hdu: option('Tiles', 'pixels', hdu, 'auto', 'WHICH', 'auto, all, a number, or EXTNAME for all HDUs of that name'),
  solutions: option(
    'Tiles',
    'pixels',
    choice(SOLUTIONS),
    'auto',
    'HOW',
    'solutions beside tiles: auto, .head, and .wcs or .ini of tiles without WCS; beside: all before it; none',
  ),
  wcs: option('Tiles', 'pixels', wcs, null, 'LETTER', 'take this alternate WCS of the tiles (the primary one)'),
  channels: option(
    'Tiles',
    'pixels',
    channelFilters(),
    null,
    'R=A,G=B,B=C',
    'make a colour mosaic of mono tiles, by FILTER',
    several,
  ),
  'map-error': option('Pixels', 'pixels', mapError, 0.0001, 'PX', 'largest error of the mapping'),

  // `auto` is the only value.
  grid: option('Grid', 'work', choice(['auto']), 'auto', 'auto', 'output grid from the tiles'),
  like: option('Grid', 'pixels', path(), null, 'FILE', 'take the grid from an image or a text header'),
  projection: option(
    'Grid',
    'pixels',
    choice(PROJECTIONS),
    'auto',
    'CODE',
    'auto: TAN to 20 degrees radius, ZEA to 90, else AIT',
  ),
  rotation: option('Grid', 'pixels', choice(ROTATIONS), 'north-up', 'HOW', 'north-up, or auto: aligned with the tiles'),
  scale: option('Grid', 'pixels', scale, null, 'ARCSEC', 'pixel scale (median of the tiles)'),
  center: option('Grid', 'pixels', center, null, 'RA,DEC', 'centre, ICRS: degrees, or H:M:S,D:M:S'),
  size: option('Grid', 'pixels', size, null, 'W,H', 'size in pixels'),

  split: toggle('Output', 'file', 'separate .weight.fits and .alpha.fits', writing),
  preview: toggle('Output', 'work', 'write OUT.png as well', writing),
  report: toggle('Output', 'work', 'write OUT.report.json and .html as well', writing),
  force: toggle('Output', 'work', 'replace existing output', writing),
  reproducible: toggle('Output', 'file', 'DATE from SOURCE_DATE_EPOCH or none'),
  'no-sync': toggle('Output', 'work', 'do not wait for the disk (for benchmarks)', writing),

  // Not `pixels`: the fingerprint holds the backend and device that are really used.
  backend: option(
    'Machine',
    'work',
    choice(BACKENDS),
    'auto',
    'NAME',
    'auto (the fastest), gpu (cuda, else wgpu), cuda, wgpu or cpu; falls back to the CPU if unavailable',
  ),
  device: option('Machine', 'work', integer({ min: 0, max: 255 }), 0, 'N', 'GPU number'),
  'no-cpu-fallback': toggle('Machine', 'work', 'exit 6 instead of falling back to the CPU'),
  threads: option('Machine', 'work', integer({ min: 1, max: 4096 }), null, 'N', 'CPU threads (all)'),
  'ram-mb': option('Machine', 'work', megabytes(16), null, 'N', 'memory to use (half of what is free)'),
  'chunk-mb': option('Machine', 'work', orWord('auto', megabytes(1)), 'auto', 'auto|N', 'GPU memory per chunk'),
  'chunk-rows': option('Machine', 'work', integer({ min: 1, max: 1_000_000 }), null, 'N', 'exactly N rows per chunk'),
  'vram-fraction': option('Machine', 'work', fraction, 0.45, 'F', 'fraction of free VRAM to use'),
  'vram-safe-fraction': option('Machine', 'work', fraction, 0.25, 'F', 'fraction of free VRAM to use in safe mode', {
    hidden: true,
  }),
  'vram-reserve-mb': option('Machine', 'work', megabytes(0), 0, 'N', 'VRAM to leave free'),
  'vram-hard-cap-mb': option('Machine', 'work', megabytes(0), 0, 'N', 'most VRAM to use; 0: no cap'),
  'safe-mode': option(
    'Machine',
    'work',
    choice(['auto', 'on', 'off']),
    'auto',
    'HOW',
    'use the GPU gently; auto: on battery',
  ),

  strict: toggle('Run', 'work', 'exit 7 when a tile was skipped', writing),
  resume: {
    ...toggle('Run', 'work', 'resume an interrupted run (default)', writing),
    default: true,
    negatable: true,
  },
};
