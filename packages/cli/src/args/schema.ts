import { angle, channelFilters, choice, decimal, flag, integer, type Kind, orWord, pair, text } from './kind.ts';

export type Command = 'mosaic' | 'reproject' | 'plan';

/** One option: the flag, the ZEMOSAIC_ variable, the config key, the help line and the check all come from here. */
export interface OptionSpec {
  /** Long flag without dashes; also the config key. */
  name: string;
  /** Word for the value in help; none for switches. */
  value?: string;
  help: string;
  group: 'Output' | 'Grid' | 'Tiles' | 'Pixels' | 'Machine' | 'Run';
  kind: Kind<unknown>;
  /** Text form of the default; null for none. */
  default: string | null;
  /** `--no-NAME` exists as well. */
  negatable?: boolean;
  /** From config files alone. */
  hidden?: boolean;
  commands?: readonly Command[];
}

const PROJECTIONS = [
  ...['auto', 'TAN', 'SIN', 'STG', 'ARC', 'ZEA', 'CAR', 'CEA', 'MER', 'SFL', 'MOL', 'AIT', 'ZPN', 'AZP', 'SZP'],
  ...['AIR', 'CYP', 'PAR', 'COP', 'COE', 'COD', 'COO', 'BON', 'PCO', 'TSC', 'CSC', 'QSC', 'HPX', 'XPH'],
];
const KERNELS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4', 'exact'];
const COMBINES = ['mean', 'median', 'winsorized', 'kappa-sigma', 'min', 'max', 'sum', 'first', 'last'];

const megabytes = (min: number) => integer({ min, max: 16_777_216, unit: 'MB' });
const ra = angle('H', decimal({ min: -360, max: 360, unit: 'degrees' }));
const dec = angle('D', decimal({ min: -90, max: 90, unit: 'degrees' }));
const side = integer({ min: 1, max: 1_000_000 });

/** Every option of `mosaic`; `reproject` and `plan` take those that say something to them. */
export const OPTIONS: readonly OptionSpec[] = [
  // Grid
  option('Grid', 'grid', 'auto', choice(['auto']), 'auto', 'output grid from the tiles'),
  option('Grid', 'like', 'FILE', text('a path'), null, 'take grid from an image or a text header'),
  option('Grid', 'center', 'RA,DEC', pair(ra, dec, 'RA,DEC in degrees'), null, 'centre, ICRS: degrees, or H:M:S,D:M:S'),
  option('Grid', 'size', 'W,H', pair(side, side, 'W,H in pixels'), null, 'size in pixels'),
  option(
    'Grid',
    'scale',
    'ARCSEC',
    decimal({ min: 0, max: 36_000, above: true, unit: 'arcsec per pixel' }),
    null,
    'pixel scale (median of the tiles)',
  ),
  option(
    'Grid',
    'projection',
    'CODE',
    choice(PROJECTIONS),
    'auto',
    'auto: TAN to 20 degrees radius, ZEA to 90, else AIT',
  ),
  option('Grid', 'rotation', 'HOW', choice(['north-up', 'auto']), 'north-up', 'north-up, or auto: as the tiles lie'),
  // Tiles
  option(
    'Tiles',
    'hdu',
    'WHICH',
    text('auto, all, a number or a name'),
    'auto',
    'auto, all, number, or EXTNAME for all of that name',
  ),
  option(
    'Tiles',
    'weights',
    'HOW',
    text('auto, none or a header keyword', /^(auto|none|[A-Za-z0-9_-]{1,8})$/),
    'auto',
    'auto, none or a header keyword',
  ),
  option(
    'Tiles',
    'blank',
    'VALUE',
    decimal({ min: -3e38, max: 3e38 }),
    null,
    'pixels of this value have no data (0 where registration left borders)',
  ),
  option('Tiles', 'feather', 'PX', decimal({ min: 0, max: 100_000, unit: 'pixels' }), '0', 'soften tile edges'),
  {
    ...option('Tiles', 'channels', 'R=A,G=B,B=C', channelFilters(), null, 'mono tiles to colour, by FILTER'),
    commands: ['mosaic', 'plan'],
  },
  // Pixels
  option('Pixels', 'kernel', 'NAME', choice(KERNELS), 'bilinear', `interpolation: ${KERNELS.join(', ')}`),
  option('Pixels', 'combine', 'NAME', choice(COMBINES), 'mean', `how tiles combine: ${COMBINES.join(', ')}`),
  {
    ...option(
      'Pixels',
      'match-background',
      'HOW',
      choice(['none', 'offset', 'plane']),
      'offset',
      'even out the sky between tiles, from their overlaps: none, offset, plane',
    ),
    commands: ['mosaic', 'plan'],
  },
  toggle('Pixels', 'match-gain', 'even out gains between tiles, from their overlaps', { commands: ['mosaic', 'plan'] }),
  option(
    'Pixels',
    'map-error',
    'PX',
    decimal({ min: 0, max: 1, above: true, unit: 'pixels' }),
    '0.0001',
    'largest error of the mapping',
  ),
  // Output
  toggle('Output', 'split', 'separate .weight.fits and .alpha.fits', { commands: ['mosaic', 'reproject'] }),
  toggle('Output', 'preview', 'write OUT.png as well', { commands: ['mosaic', 'reproject'] }),
  toggle('Output', 'report', 'write OUT.report.json and .html as well', { commands: ['mosaic', 'reproject'] }),
  toggle('Output', 'force', 'replace existing output', { commands: ['mosaic', 'reproject'] }),
  toggle('Output', 'reproducible', 'DATE from SOURCE_DATE_EPOCH or none'),
  toggle('Output', 'no-sync', 'do not wait for the disk (benches)', { commands: ['mosaic', 'reproject'] }),
  // Machine
  option(
    'Machine',
    'backend',
    'NAME',
    choice(['auto', 'cuda', 'wgpu', 'cpu']),
    'auto',
    'auto, cuda, wgpu or cpu; a missing one falls back to the CPU',
  ),
  option('Machine', 'device', 'N', integer({ min: 0, max: 255 }), '0', 'GPU number'),
  toggle('Machine', 'no-cpu-fallback', 'exit 6 rather than use the CPU for a missing backend'),
  option('Machine', 'threads', 'N', integer({ min: 1, max: 4096 }), null, 'CPU threads (all)'),
  option('Machine', 'ram-mb', 'N', megabytes(16), null, 'memory to use (half of what is free)'),
  option('Machine', 'chunk-mb', 'auto|N', orWord('auto', megabytes(1)), 'auto', 'GPU memory per chunk'),
  option('Machine', 'chunk-rows', 'N', integer({ min: 1, max: 1_000_000 }), null, 'exactly N rows per chunk'),
  option('Machine', 'vram-fraction', 'F', decimal({ min: 0, max: 1, above: true }), '0.45', 'part of free VRAM to use'),
  {
    ...option(
      'Machine',
      'vram-safe-fraction',
      'F',
      decimal({ min: 0, max: 1, above: true }),
      '0.25',
      'part of free VRAM to use in safe mode',
    ),
    hidden: true,
  },
  option('Machine', 'vram-reserve-mb', 'N', megabytes(0), '0', 'VRAM to leave free'),
  option('Machine', 'vram-hard-cap-mb', 'N', megabytes(0), '0', 'most VRAM ever used; 0: no cap'),
  option('Machine', 'safe-mode', 'HOW', choice(['auto', 'on', 'off']), 'auto', 'gentle GPU use; auto: on battery'),
  // Run
  toggle('Run', 'strict', 'exit 7 when a tile was skipped', { commands: ['mosaic', 'reproject'] }),
  toggle('Run', 'resume', 'go on with a run that was stopped (default)', {
    negatable: true,
    default: 'true',
    commands: ['mosaic', 'reproject'],
  }),
];

/** The ZEMOSAIC_ variable of an option. */
export function variableOf(spec: OptionSpec): string {
  return `ZEMOSAIC_${spec.name.toUpperCase().replaceAll('-', '_')}`;
}

export function optionsOf(command: Command): OptionSpec[] {
  return OPTIONS.filter((spec) => {
    // The grid of `reproject` is that of its reference.
    if (command === 'reproject' && spec.group === 'Grid' && spec.name !== 'like') return false;
    return !spec.hidden && (spec.commands === undefined || spec.commands.includes(command));
  });
}

export function option(
  group: OptionSpec['group'],
  name: string,
  value: string,
  kind: Kind<unknown>,
  fallback: string | null,
  help: string,
): OptionSpec {
  return { group, name, value, kind, default: fallback, help };
}

function toggle(group: OptionSpec['group'], name: string, help: string, more: Partial<OptionSpec> = {}): OptionSpec {
  return { group, name, kind: flag(), default: 'false', help, ...more };
}
