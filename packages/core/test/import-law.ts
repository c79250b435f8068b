/** What may import what. ARCHITECTURE.md lists the same pairs; the test finds imports against it, and pairs that nothing needs. */

/** For each part the others that it needs. A part stands after all that it needs, so nothing goes in a circle. */
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

/** Lists that may find no memory: any crate may use them. */
export const ANY_CRATE = ['room'];

/** Crates for the tests of others; `testkit` makes the demo as well. */
export const TEST_CRATES = ['testkit', 'testscene', 'fake-cuda'];

/** What every room of core may import: the words that rooms speak in. */
export const WORDS = ['device.ts', 'error.ts', 'event.ts', 'surroundings.ts', 'config', 'trouble-kinds.ts', 'units.ts'];

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
  journal: ['tiles', 'report'],
  run: ['tiles', 'budget', 'debug', 'retry', 'plan', 'report', 'journal'],
  'mosaic.ts': ['tiles', 'plan', 'report', 'header', 'journal', 'run'],
  'inspect.ts': ['inputs', 'tiles'],
  native: [],
  'index.ts': ['debug', 'plan', 'report', 'mosaic.ts', 'inspect.ts', 'native'],
};

/** Files with nothing but types. They may name what other rooms make, as nothing of them is left when the program runs. */
export const TYPES_ALONE = ['device.ts', 'event.ts', 'surroundings.ts'];

/** Rooms that touch the disk or the system. All others are handed what they need to know. */
export const OUTSIDE = ['inputs', 'journal', 'report', 'page', 'native', 'mosaic.ts'];

/** Rooms that compute and return: they tell no events. */
export const SILENT = ['config', 'budget', 'retry', 'page', 'header', 'native'];

/** The pairs as ARCHITECTURE.md lists them. */
export function written(law: Law): string[] {
  return Object.entries(law).flatMap(([from, to]) => (to.length === 0 ? [] : [`${from} -> ${to.join(', ')}`]));
}
