/** What may import what. ARCHITECTURE.md lists the same pairs; the test finds forbidden imports, and pairs that nothing uses. */

/** For each part the parts that it needs, which must be listed before it, so that there are no circles. */
export type Law = Readonly<Record<string, readonly string[]>>;

/** TypeScript packages. */
export const PACKAGES: Law = { core: [], bench: ['core'], cli: ['core', 'bench'] };

/** Rust crates, without their tests. */
export const CRATES: Law = {
  room: [],
  wcs: [],
  fits: [],
  background: [],
  probe: [],
  preview: [],
  testkit: [],
  'fake-cuda': [],
  // Kernels read lattices, which wcs makes.
  coadd: ['wcs'],
  testscene: ['coadd', 'wcs'],
  cuda: ['coadd'],
  wgpu: ['coadd'],
  engine: ['background', 'fits', 'wcs', 'coadd', 'cuda', 'wgpu'],
  binding: ['fits', 'wcs', 'coadd', 'engine', 'preview', 'probe', 'testkit'],
};

/** Lists that report a lack of memory; any crate may use them. */
export const ANY_CRATE = ['room'];

/** Crates for the tests of others; `testkit` also makes the demo. */
export const TEST_CRATES = ['testkit', 'testscene', 'fake-cuda'];

/** What every room of core may import: the vocabulary that all rooms share. */
export const WORDS = [
  'device.ts',
  'error.ts',
  'event.ts',
  'surroundings.ts',
  'config',
  'trouble-kinds.ts',
  'units.ts',
  'date.ts',
  'printable.ts',
  'own-file.ts',
  'small-text.ts',
  'removed-after.ts',
];

/** The rooms of core: folders, and files that belong to none. */
export const ROOMS: Law = {
  retry: [],
  page: [],
  inputs: [],
  tiles: ['inputs'],
  budget: [],
  debug: [],
  plan: ['inputs', 'tiles', 'budget', 'debug', 'retry'],
  report: ['debug', 'page', 'plan'],
  header: ['tiles', 'report'],
  journal: ['inputs', 'tiles', 'report'],
  run: ['tiles', 'budget', 'debug', 'retry', 'plan', 'report', 'journal'],
  'mosaic.ts': ['tiles', 'plan', 'report', 'header', 'journal', 'run'],
  'inspect.ts': ['inputs', 'tiles'],
  native: [],
  'index.ts': ['debug', 'plan', 'report', 'mosaic.ts', 'inspect.ts', 'native'],
};

/** Files that only have types. They may refer to any room, because nothing of them remains at run time. */
export const TYPES_ALONE = ['device.ts', 'event.ts', 'surroundings.ts'];

/** Rooms that access the disk or the system. All others are given what they need to know. */
export const OUTSIDE = ['inputs', 'journal', 'report', 'page', 'native', 'small-text.ts', 'removed-after.ts'];

/** Rooms that only compute and return; they emit no events. */
export const SILENT = ['config', 'budget', 'retry', 'page', 'header', 'native'];

/** The pairs as ARCHITECTURE.md lists them. */
export function written(law: Law): string[] {
  return Object.entries(law).flatMap(([from, to]) => (to.length === 0 ? [] : [`${from} -> ${to.join(', ')}`]));
}
