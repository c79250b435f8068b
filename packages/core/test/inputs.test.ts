import { describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expandInputs } from '../src/inputs/expand.ts';
import { fitsStem, isFitsName } from '../src/inputs/fits-name.ts';
import { checkOutputs, outputPaths } from '../src/inputs/output-paths.ts';
import { findSidecars, weightStems } from '../src/inputs/sidecar.ts';

function folder(...names: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'zemosaic-inputs-'));
  for (const name of names) writeFileSync(join(dir, name), 'x');
  return dir;
}

const bases = (words: string[]) => expandInputs(words).files.map((file) => basename(file.path));

describe('names', () => {
  test.each(['a.fits', 'a.FIT', 'a.fts', 'a.fits.gz', 'a.b.Fits.FZ'])('%s is FITS', (name) => {
    expect(isFitsName(name)).toBe(true);
  });

  test.each(['a.txt', 'a.gz', 'fits', 'a.fits.bak'])('%s is not', (name) => {
    expect(isFitsName(name)).toBe(false);
  });

  test('the stem drops the ending', () => expect(fitsStem('/x/M31.v2.Fits.gz')).toBe('m31.v2'));
});

describe('expand', () => {
  test('a folder gives its FITS files, sorted, one level', () => {
    const dir = folder('b.fits', 'a.FIT', 'c.fits.gz', 'd.fz.fits', 'note.txt');
    mkdirSync(join(dir, 'deep.fits'));
    expect(bases([dir])).toEqual(['a.FIT', 'b.fits', 'c.fits.gz', 'd.fz.fits']);
  });

  test('a glob, absolute, relative and upwards', () => {
    const dir = folder('t2.fits', 't1.fits', 'x.fits');
    expect(bases([join(dir, 't*.fits')])).toEqual(['t1.fits', 't2.fits']);
    expect(bases([join(dir, '{x,t1}.fits')])).toEqual(['t1.fits', 'x.fits']);
    const up = `${'../'.repeat(process.cwd().split('/').length - 1)}${dir.slice(1)}/t?.fits`;
    expect(bases([up])).toEqual(['t1.fits', 't2.fits']);
  });

  test('a name with glob letters that exists is that file', () => {
    const dir = folder('a[1].fits', 'a1.fits');
    expect(bases([join(dir, 'a[1].fits')])).toEqual(['a[1].fits']);
  });

  test('an HDU in brackets behind a file, a glob or a line of a list', () => {
    const dir = folder('a.fits', 'b.fits.fz', 'c.fits');
    const given = (...words: string[]) => {
      const { files, duplicates } = expandInputs(words.map((word) => join(dir, word)));
      return [...files.map(({ path, hdus }) => [basename(path), hdus]), duplicates.length];
    };
    expect(given('a.fits[1]', 'b.fits.fz[SCI,2]')).toEqual([['a.fits', ['1']], ['b.fits.fz', ['SCI,2']], 0]);
    expect(given('a.fits[1]', 'a.fits[2]', 'a.fits[1]')).toEqual([['a.fits', ['1', '2']], 1]);
    expect(given('a.fits', 'a.fits[2]')).toEqual([['a.fits', undefined], 1]);
    expect(given('?.fits[ccd1]')).toEqual([['a.fits', ['ccd1']], ['c.fits', ['ccd1']], 0]);
    expect(() => given('none.fits[1]')).toThrow(/none\.fits: does not exist/);
    writeFileSync(join(dir, 'list.txt'), 'a.fits[3]\n');
    expect(expandInputs([`@${join(dir, 'list.txt')}`]).files[0]?.hdus).toEqual(['3']);
  });

  test('a list, with comments, relative to itself, and lists in lists', () => {
    const dir = folder('a.fits', 'b.fits');
    writeFileSync(join(dir, 'inner.txt'), 'b.fits\n');
    writeFileSync(join(dir, 'list.txt'), '\uFEFF# tiles\r\n a.fits \r\n\r\n@inner.txt\n');
    expect(bases([`@${join(dir, 'list.txt')}`])).toEqual(['a.fits', 'b.fits']);
  });

  test('a list that names itself ends', () => {
    const dir = folder();
    writeFileSync(join(dir, 'l.txt'), '@l.txt\n');
    expect(() => expandInputs([`@${join(dir, 'l.txt')}`])).toThrow(/four deep/);
  });

  test('the same file by two names counts once', () => {
    const dir = folder('a.fits');
    symlinkSync(join(dir, 'a.fits'), join(dir, 'link.fits'));
    const { files, duplicates } = expandInputs([join(dir, 'a.fits'), dir]);
    expect(files.length).toBe(1);
    expect(duplicates.length).toBe(2);
  });

  test.each([['nowhere.fits'], ['no*.fits'], ['@nolist.txt'], ['']])('%p: exit 3', (word) => {
    const dir = folder('a.fits');
    try {
      expandInputs([word === '' ? '' : join(dir, word)]);
      throw new Error('must throw');
    } catch (error) {
      expect(error).toMatchObject({ exit: 3 });
    }
  });

  test('a folder without FITS files: exit 3', () => {
    expect(() => expandInputs([folder('a.txt')])).toThrow(/contains no \.fits/);
  });
});

describe('sidecars', () => {
  const list = (names: string[]) => (dir: string) => (dir === 'd' ? names : []);

  test.each([
    ['x.fits', 'x.weight.fits'],
    ['X.FIT', 'x.WHT.fits.gz'],
    ['x.fits.fz', 'x_weight.fit'],
    ['c4d_1_ooi_z_ls9.S4.fits', 'c4d_1_oow_z_ls9.S4.fits'],
  ])('%s has the map %s', (tile, map) => {
    const found = findSidecars([`d/${tile}`], list([tile, map]));
    expect([...found.weight]).toEqual([[`d/${tile}`, `d/${map}`]]);
  });

  test('no map for its neighbours or for the map itself', () => {
    const found = findSidecars(['d/y.fits', 'd/x.weight.fits'], list(['x.fits', 'x.weight.fits', 'y.fits']));
    expect(found.weight.size).toBe(0);
  });

  test('the opacity plane of a split mosaic', () => {
    expect([...findSidecars(['d/m.fits'], list(['m.fits', 'm.alpha.fits'])).alpha.values()]).toEqual([
      'd/m.alpha.fits',
    ]);
  });

  test('stems', () => expect(weightStems('a')).toEqual(['a.weight', 'a.wht', 'a_weight']));
});

describe('outputs', () => {
  const none = { split: false, preview: false, report: false };

  test('their names', () => {
    expect(outputPaths('d/m.v1.fits', { split: true, preview: true, report: true })).toEqual({
      mosaic: 'd/m.v1.fits',
      weight: 'd/m.v1.weight.fits',
      alpha: 'd/m.v1.alpha.fits',
      preview: 'd/m.v1.png',
      report: 'd/m.v1.report.json',
      page: 'd/m.v1.report.html',
    });
  });

  test.each([
    ['m.png', 2],
    ['m.fits.gz', 2],
    ['no-such-folder/m.fits', 5],
  ])('%s: exit %d', (name, exit) => {
    try {
      checkOutputs(outputPaths(join(folder(), name), none), [], false);
      throw new Error('must throw');
    } catch (error) {
      expect(error).toMatchObject({ exit });
    }
  });

  test('a companion that exists needs --force too', () => {
    const dir = folder('m.png');
    const paths = outputPaths(join(dir, 'm.fits'), { ...none, preview: true });
    expect(() => checkOutputs(paths, [], false)).toThrow(/m\.png: exists; use --force/);
    expect(() => checkOutputs(paths, [], true)).not.toThrow();
  });

  test('an input by another name for the same file is still the output', () => {
    const dir = folder('a.fits');
    symlinkSync(join(dir, 'a.fits'), join(dir, 'out.fits'));
    const { files } = expandInputs([join(dir, 'a.fits')]);
    expect(() => checkOutputs(outputPaths(join(dir, 'out.fits'), none), files, true)).toThrow(/both output and input/);
  });
});
