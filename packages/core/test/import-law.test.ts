import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import {
  ANY_CRATE,
  CRATES,
  type Law,
  OUTSIDE,
  PACKAGES,
  ROOMS,
  SILENT,
  TEST_CRATES,
  TYPES_ALONE,
  WORDS,
  written,
} from './import-law.ts';

const root = resolve(import.meta.dir, '../../..');
const core = join(root, 'packages/core/src');
const NAMES: Record<string, string> = { '@zemosaic/core': 'core', '@zemosaic/bench': 'bench', zemosaic: 'cli' };

/** One part needs another; `where` is the file that shows it. */
interface Need {
  from: string;
  to: string;
  where: string;
}

const read = (path: string) => readFileSync(path, 'utf8');

function sources(dir: string, name: RegExp): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a file imports, types included. */
function importsOf(text: string): string[] {
  const statement = /^(?:import|export)\s(?:[^;'"=()]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  const call = /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(statement), ...text.matchAll(call)].map((match) => match[1] ?? '');
}

/** Imports that the law forbids, and pairs of the law that nothing uses. */
function judged(law: Law, needs: Need[], free: readonly string[] = []): { breaches: Need[]; idle: string[] } {
  const others = needs.filter(({ from, to }) => from !== to && !free.includes(to));
  const used = new Set(others.map(({ from, to }) => `${from} -> ${to}`));
  return {
    breaches: others.filter(({ from, to }) => law[from]?.includes(to) !== true),
    idle: Object.entries(law).flatMap(([from, to]) =>
      to.map((one) => `${from} -> ${one}`).filter((pair) => !used.has(pair)),
    ),
  };
}

/** Parts that need one that the law lists after them. */
function upward(law: Law): string[] {
  const names = Object.keys(law);
  return Object.entries(law).flatMap(([from, to]) =>
    to.filter((one) => !names.slice(0, names.indexOf(from)).includes(one)).map((one) => `${from} -> ${one}`),
  );
}

function packageNeeds(): Need[] {
  const folder = join(root, 'packages');
  return readdirSync(folder).flatMap((from) => {
    const files = ['src', 'bin'].flatMap((place) => sources(join(folder, from, place), /(?<!\.d)\.ts$/));
    return files.flatMap((where) =>
      importsOf(read(where)).map((target) => ({ from, to: packageOf(where, target) ?? from, where })),
    );
  });
}

/** Our package that an import refers to; null for any other package. */
function packageOf(file: string, target: string): string | null {
  if (target.startsWith('.'))
    return relative(join(root, 'packages'), resolve(dirname(file), target)).split('/')[0] ?? '';
  const name = Object.keys(NAMES).find((candidate) => target === candidate || target.startsWith(`${candidate}/`));
  return name === undefined ? null : (NAMES[name] ?? null);
}

type Tables = { [key: string]: Record<string, unknown> | undefined };
interface Manifest {
  dependencies?: Tables;
  'build-dependencies'?: Tables;
  'dev-dependencies'?: Tables;
  target?: Record<string, Manifest>;
}

/** Our crates that a manifest names; on any platform. */
function cratesIn(manifest: Manifest, tests: boolean): string[] {
  const tables = tests ? [manifest['dev-dependencies']] : [manifest.dependencies, manifest['build-dependencies']];
  const own = tables.flatMap((table) => Object.keys(table ?? {})).filter((key) => key.startsWith('zemosaic-'));
  const elsewhere = Object.values(manifest.target ?? {}).flatMap((one) => cratesIn(one, tests));
  return [...own.map((key) => key.slice('zemosaic-'.length)), ...elsewhere];
}

const crates = readdirSync(join(root, 'crates')).filter((name) => existsSync(join(root, 'crates', name, 'Cargo.toml')));
const manifestOf = (name: string) => Bun.TOML.parse(read(join(root, 'crates', name, 'Cargo.toml'))) as Manifest;
const crateNeeds = (tests: boolean): Need[] =>
  crates.flatMap((from) => cratesIn(manifestOf(from), tests).map((to) => ({ from, to, where: `crates/${from}` })));

/** The room of a path below core/src. */
const roomOf = (path: string) => path.split('/')[0] ?? '';

function roomNeeds(): Need[] {
  return sources(core, /(?<!\.d)\.ts$/).flatMap((where) =>
    importsOf(read(where)).map((target) => needOf(relative(core, where), target)),
  );
}

/** The room that an import refers to; `where` is a path below core/src. A system module keeps its name. */
function needOf(where: string, target: string): Need {
  const to = target.startsWith('.') ? roomOf(relative(core, resolve(core, dirname(where), target))) : target;
  return { from: roomOf(where), to, where: `${where}: ${target}` };
}

const ours = (needs: Need[]) => needs.filter(({ to }) => to in ROOMS || WORDS.includes(to));
/** Imports between rooms, without the types that the files of the shared vocabulary refer to. */
const ofRooms = (needs: Need[]) => ours(needs).filter(({ from }) => from in ROOMS && !TYPES_ALONE.includes(from));
const system = (needs: Need[]) => needs.filter(({ to }) => /^(node:|bun)/.test(to) && to !== 'node:path');

describe('import law', () => {
  test('packages', () => {
    expect(Object.keys(PACKAGES).sort()).toEqual(readdirSync(join(root, 'packages')).sort());
    expect(judged(PACKAGES, packageNeeds())).toEqual({ breaches: [], idle: [] });
  });

  test('crates', () => {
    expect(Object.keys(CRATES).sort()).toEqual(crates.sort());
    expect(judged(CRATES, crateNeeds(false), ANY_CRATE)).toEqual({ breaches: [], idle: [] });
  });

  test('a crate uses each of our crates that its manifest names', () => {
    const idle = crateNeeds(false).filter(({ from, to }) => {
      const files = sources(join(root, 'crates', from, 'src'), /\.rs$/);
      return !files.some((file) => read(file).includes(`zemosaic_${to}`));
    });
    expect(idle).toEqual([]);
  });

  test('tests of crates may use test crates, and no test crate is in the product', () => {
    expect(crateNeeds(true).filter(({ to }) => !TEST_CRATES.includes(to))).toEqual([]);
    const product = crateNeeds(false).filter(({ from, to }) => TEST_CRATES.includes(to) && !TEST_CRATES.includes(from));
    expect(product.map(({ from, to }) => `${from} -> ${to}`)).toEqual(['binding -> testkit']);
  });

  test('rooms of core', () => {
    const there = new Set([...readdirSync(core), ...WORDS]);
    expect([...there].sort()).toEqual([...new Set([...Object.keys(ROOMS), ...WORDS])].sort());
    expect(judged(ROOMS, ofRooms(roomNeeds()), WORDS)).toEqual({ breaches: [], idle: [] });
  });

  test('errors and options need no room, and decisions emit no events', () => {
    const needs = ours(roomNeeds());
    const free = ['device.ts', 'error.ts', 'printable.ts'];
    expect(
      needs.filter(({ from, to }) => ['error.ts', 'config'].includes(from) && ![from, ...free].includes(to)),
    ).toEqual([]);
    expect(needs.filter(({ from, to }) => SILENT.includes(from) && to === 'event.ts')).toEqual([]);
  });

  test('files of types disappear at run time, so they may refer to any room', () => {
    const transpiler = new Bun.Transpiler({ loader: 'ts' });
    for (const name of TYPES_ALONE)
      expect([name, transpiler.transformSync(read(join(core, name))).trim()]).toEqual([name, '']);
  });

  test('few rooms access the disk and the system, and one the addon', () => {
    const needs = system(roomNeeds());
    expect(needs.filter(({ from }) => !OUTSIDE.includes(from))).toEqual([]);
    expect(OUTSIDE.filter((room) => !needs.some(({ from }) => from === room))).toEqual([]);
    const door = roomNeeds().filter(({ to, where }) => to === 'native' || where.endsWith('node:module'));
    expect([...new Set(door.map(({ from }) => from))].sort()).toEqual(['device.ts', 'index.ts', 'native']);
  });

  test('there are no circles', () => {
    for (const law of [PACKAGES, CRATES, ROOMS]) expect(upward(law)).toEqual([]);
  });

  test('the law can be broken, and imports of every form are seen', () => {
    const need = { from: 'retry', to: 'budget', where: 'retry/step.ts' };
    expect(judged(ROOMS, [need]).breaches).toEqual([need]);
    expect(judged({ plan: ['tiles'] }, []).idle).toEqual(['plan -> tiles']);
    expect(upward({ budget: ['retry'], retry: [] })).toEqual(['budget -> retry']);
    const forms = [
      "import '1';",
      "import a, {\n  type b,\n} from '2';",
      "export * from '3';",
      "type T = typeof import('4');",
    ];
    expect(importsOf(`${forms.join('\n')}\nexport const x = y("from '5'");\n`)).toEqual(['1', '2', '3', '4']);
  });

  test('ARCHITECTURE.md says the same', () => {
    const block =
      /\nImport law[^`]*(?:`[^`]+`[^`]*)*?```\n([^`]+)```/.exec(read(join(root, 'ARCHITECTURE.md')))?.[1] ?? '';
    const listed = block.split(/[;\n]/).map((pair) => pair.trim());
    expect(listed.filter((pair) => pair !== '').sort()).toEqual([PACKAGES, CRATES, ROOMS].flatMap(written).sort());
  });
});
