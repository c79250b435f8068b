import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import manifest from '../../package.json';
import { makeHostile } from './hostile.ts';
import { events, filesIn, remove, sha256, temporary, zemosaic } from './program.ts';

const root = resolve(import.meta.dir, '../..');
const dir = temporary();
const home = join(dir, 'home');
const path = join(dir, 'bin');
for (const folder of [home, path]) mkdirSync(folder);
for (const name of ['bun', 'bunx']) symlinkSync(process.execPath, join(path, name));

/** Runs a program with an empty home and nothing but bun on its path. */
function alone(words: string[], cwd: string) {
  const ran = Bun.spawnSync(words, { cwd, env: { HOME: home, PATH: path }, stdout: 'pipe', stderr: 'pipe' });
  return { exit: ran.exitCode, out: `${ran.stdout}`, err: `${ran.stderr}` };
}

/** Whether packages of others can be had here: without them nothing can be installed. */
function canInstall(): boolean {
  const probe = join(dir, 'probe');
  mkdirSync(probe);
  writeFileSync(join(probe, 'package.json'), JSON.stringify({ dependencies: { commander: '15.1.0' } }));
  return alone(['bun', 'install'], probe).exit === 0;
}

const installable = canInstall();
if (!installable)
  process.stderr.write('e2e: no packages can be installed here, the packed form is skipped (9 tests)\n');

describe.skipIf(!installable)('packed and installed', () => {
  const packed = join(dir, 'packed');
  beforeAll(() => {
    const made = Bun.spawnSync(['node', 'scripts/pack.mjs', packed], { cwd: root, stderr: 'inherit' });
    expect(made.exitCode).toBe(0);
    const installed = alone(['bun', 'install'], packed);
    expect(`${installed.exit} ${installed.exit === 0 ? '' : installed.err}`).toBe('0 ');
  });
  afterAll(() => remove(dir));

  const run = (...words: string[]) => alone(['bunx', 'zemosaic', ...words], packed);

  test('says its version, and looks over the machine, without cargo or a home', () => {
    expect(Bun.which('cargo', { PATH: path })).toBeNull();
    expect(run('--version')).toMatchObject({ exit: 0, out: `${manifest.version}\n` });
    const doctor = run('doctor', '--json');
    expect(doctor.exit).toBe(0);
    expect(events(doctor.out).at(-1)).toMatchObject({ event: 'doctor' });
  });

  test('runs nothing of the folder it is run in, as a command and by bunx', () => {
    const folder = join(packed, 'hostile');
    mkdirSync(folder);
    makeHostile(folder);
    for (const words of [[join(packed, 'node_modules/.bin/zemosaic')], ['bunx', 'zemosaic']]) {
      expect(alone([...words, '--version'], folder)).toEqual({ exit: 0, out: `${manifest.version}\n`, err: '' });
      expect(existsSync(join(folder, 'RAN'))).toBe(false);
    }
  });

  test('makes the demo and a mosaic: the bytes that the sources make', async () => {
    const demo = run('demo', '-o', 'sky');
    expect(`${demo.exit} ${demo.exit === 0 ? '' : demo.err}`).toBe('0 ');
    const tiles = filesIn(join(packed, 'sky', 'tiles'));
    expect(run('mosaic', ...tiles, '-o', 'm.fits', '--reproducible').exit).toBe(0);
    const own = join(dir, 'own.fits');
    expect((await zemosaic(['mosaic', ...tiles, '-o', own, '--reproducible'])).exit).toBe(0);
    expect(await sha256(join(packed, 'm.fits'))).toBe(await sha256(own));
  });

  test('holds what it needs and no more: no tests, no Rust; licences and a README in each', async () => {
    const tarballs = filesIn(packed).filter((file) => file.endsWith('.tgz'));
    expect(tarballs.length).toBe(4);
    for (const tarball of tarballs) {
      const names = [...(await new Bun.Archive(await Bun.file(tarball).bytes()).files()).keys()].map((name) =>
        name.replace(/^package\//, ''),
      );
      for (const name of ['package.json', 'sbom.cdx.json', 'README.md', 'LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT']) {
        expect(`${basename(tarball)}: ${names.includes(name) ? name : 'missing'}`).toBe(
          `${basename(tarball)}: ${name}`,
        );
      }
      const strange = names.filter(
        (name) =>
          !/^(package\.json|sbom\.cdx\.json|bin\/zemosaic(\.js(\.jsc)?)?|README\.md|LICENSE[-A-Z]*|THIRD-PARTY-LICENSES|zemosaic\.node)$|^(src|bin|schema|scenario|peers)\/[\w./-]+\.(ts|json|html|css|py)$/.test(
            name,
          ),
      );
      expect(strange).toEqual([]);
      expect(names.filter((name) => /test|\.rs$/.test(name))).toEqual([]);
      expect(names.includes('zemosaic.node')).toBe(tarball.includes('native'));
    }
  });

  test('starts from one compiled file, which names no folder of where it was made', async () => {
    const bin = join(packed, 'node_modules/zemosaic/bin');
    const bundle = await Bun.file(join(bin, 'zemosaic.js')).text();
    expect(bundle.startsWith('// @bun @bytecode @bun-cjs')).toBe(true);
    expect([bundle.includes(root), bundle.includes(packed)]).toEqual([false, false]);
    // Without it there is nothing to start; what measures runs from the sources.
    const hidden = join(bin, 'hidden.js');
    renameSync(join(bin, 'zemosaic.js'), hidden);
    try {
      expect(run('inspect', 'sky').exit).not.toBe(0);
      expect(run('bench', '--help')).toMatchObject({ exit: 0, err: '' });
    } finally {
      renameSync(hidden, join(bin, 'zemosaic.js'));
    }
  });

  test('is the same when made again in another place', async () => {
    const again = join(dir, 'again');
    const made = Bun.spawnSync([process.execPath, join(root, 'scripts/bundle.mjs'), again], { cwd: dir });
    expect(made.exitCode).toBe(0);
    for (const name of ['zemosaic.js', 'zemosaic.js.jsc'])
      expect(await sha256(join(again, name))).toBe(await sha256(join(packed, 'node_modules/zemosaic/bin', name)));
  });

  test('lists what each part is made of', () => {
    const read = (name: string) => require(join(packed, 'node_modules', name, 'sbom.cdx.json'));
    const names = ({ components }: { components: { name: string }[] }) => components.map(({ name }) => name);
    expect(names(read('zemosaic'))).toEqual(['@zemosaic/bench', '@zemosaic/core', 'commander', 'typebox']);
    const [native = ''] = readdirSync(join(packed, 'node_modules/@zemosaic')).filter((name) =>
      name.startsWith('native-'),
    );
    const bom = read(`@zemosaic/${native}`);
    expect(names(bom)).toEqual(expect.arrayContaining(['fitsio-sys', 'bzip2', 'wgpu', 'rayon']));
    for (const one of bom.components)
      expect(one).toMatchObject({ purl: `pkg:cargo/${one.name}@${one.version}`, hashes: [{ alg: 'SHA-256' }] });
  });

  test('its manifests are in step, for one platform, and private no more', () => {
    const read = (name: string) => require(join(packed, 'node_modules', name, 'package.json'));
    const platform = Object.keys(read('@zemosaic/core').optionalDependencies);
    expect(platform.length).toBe(1);
    for (const name of ['zemosaic', '@zemosaic/core', '@zemosaic/bench', ...platform]) {
      const { version, private: hidden, license, dependencies = {} } = read(name);
      expect({ name, version, hidden, license }).toEqual({
        name,
        version: manifest.version,
        hidden: undefined,
        license: 'MIT OR Apache-2.0',
      });
      for (const range of Object.values(dependencies)) expect(range).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(read(platform[0] ?? '')).toMatchObject({ os: [process.platform], cpu: [process.arch] });
  });

  test('without the native part it says what to do, in one line', () => {
    const native = join(packed, 'node_modules', '@zemosaic');
    const name = readdirSync(native).find((one) => one.startsWith('native-')) ?? '';
    remove(join(native, name));
    const ran = run('doctor');
    expect(ran.exit).toBe(1);
    expect(ran.err.trimEnd().split('\n').length).toBe(1);
    expect(ran.err).toContain(`@zemosaic/${name}`);
  });
});
