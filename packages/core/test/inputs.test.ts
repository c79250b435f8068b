import { describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { exclude } from '../src/inputs/exclude.ts';
import { expandInputs } from '../src/inputs/expand.ts';
import { fitsStem, isFitsName } from '../src/inputs/fits-name.ts';
import { checkNames, checkOutputs, outputPaths } from '../src/inputs/output-paths.ts';

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

  test('lists that multiply end before they fill the memory', () => {
    const dir = folder('a.fits');
    writeFileSync(join(dir, 'names.txt'), 'a.fits\n'.repeat(1000));
    writeFileSync(join(dir, 'twice.txt'), '@names.txt\n'.repeat(2));
    expect(expandInputs([`@${join(dir, 'twice.txt')}`]).files.length).toBe(1);
    writeFileSync(join(dir, 'often.txt'), '@names.txt\n'.repeat(1000));
    expect(() => expandInputs([`@${join(dir, 'often.txt')}`])).toThrow(/more than 250000 lines in all/);
  });

  test('the same file by two names counts once', () => {
    const dir = folder('a.fits');
    symlinkSync(join(dir, 'a.fits'), join(dir, 'link.fits'));
    const { files, duplicates } = expandInputs([join(dir, 'a.fits'), dir]);
    expect(files.length).toBe(1);
    expect(duplicates).toEqual([join(dir, 'a.fits')]);
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
    expect(() => expandInputs([folder('a.txt')])).toThrow(/contains no .*; name another folder$/);
  });

  test('a folder of folders: the error says what takes them all, and that does', () => {
    const dir = folder('a.txt');
    for (const name of ['one', 'two', 'none', '.hidden']) mkdirSync(join(dir, name));
    const advice = join(dir, '*/');
    expect(() => expandInputs([dir])).toThrow(`folders in it are not searched; write ${advice} to take all of them`);
    expect(() => expandInputs([advice])).toThrow(/matches no folder with FITS files/);
    for (const name of ['two/b.fits', 'two/a.fits', 'one/c.fits', '.hidden/d.fits'])
      writeFileSync(join(dir, name), 'x');
    expect(bases([advice])).toEqual(['c.fits', 'a.fits', 'b.fits']);
    expect(bases([join(dir, 't*/')])).toEqual(['a.fits', 'b.fits']);
  });
});

describe('what a folder holds beside tiles', () => {
  test('hidden files, links that lead nowhere and names that are not UTF-8 are passed over', () => {
    const dir = folder('a.fits', '._a.fits', '.b.fits');
    symlinkSync(join(dir, 'nowhere.fits'), join(dir, 'gone.fits'));
    symlinkSync(join(dir, 'loop.fits'), join(dir, 'loop.fits'));
    mkdirSync(join(dir, 'sub'));
    symlinkSync(join(dir, 'sub'), join(dir, 'sub.fits'));
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/NGC_`), Buffer.from([0xe9]), Buffer.from('toile.fits')]), 'x');
    for (const word of [dir, join(dir, '*.fits')]) {
      const { files, passed } = expandInputs([word]);
      expect(files.map(({ path }) => basename(path))).toEqual(['a.fits']);
      const why = Object.groupBy(passed, (one) => one.why);
      expect(why.broken_link?.map(({ path }) => basename(path)) ?? []).toEqual(
        word === dir ? ['gone.fits', 'loop.fits'] : [],
      );
      expect(why.hidden?.length ?? 0).toBe(word === dir ? 2 : 0);
    }
    expect(bases([join(dir, '._*.fits')])).toEqual(['._a.fits']);
    expect(() => expandInputs([join(dir, 'gone.fits')])).toThrow(/gone\.fits: a link that leads nowhere/);
    expect(() => expandInputs([join(dir, 'NGC_\uFFFDtoile.fits')])).toThrow(/not UTF-8/);
  });
});

describe('--exclude', () => {
  const files = ['d/a.fits', 'd/b1.fits', 'd/b2.fits', 'e/a,1.fits'].map((path) => ({ path, real: path, named: true }));
  test('a value that names a file as a whole is not cut at its commas; values of a repeated option are lines', () => {
    const named = (...paths: string[]) => paths.map((path) => ({ path, real: path, named: true }));
    const rest = (text: string) => exclude(named('x,y.fits', 'z.fits', 'a.fits'), text).kept.map(({ path }) => path);
    expect(rest('x,y.fits')).toEqual(['z.fits', 'a.fits']);
    expect(rest('x,y.fits\nz.fits')).toEqual(['a.fits']);
    expect(rest('z.fits,a.fits')).toEqual(['x,y.fits']);
  });

  test('a file beside an input can be named', () => {
    const files = [{ path: 'a.fits', real: 'a.fits', named: true }];
    const { kept, excluded } = exclude(files, 'a.weight.fits', ['a.weight.fits']);
    expect([kept, excluded]).toEqual([files, ['a.weight.fits']]);
  });

  const left = (text: string) => exclude(files, text).kept.map(({ path }) => path);

  test.each([
    ['b1.fits', ['d/a.fits', 'd/b2.fits', 'e/a,1.fits']],
    ['b*.fits', ['d/a.fits', 'e/a,1.fits']],
    ['b{1,2}.fits, d/a.fits', ['e/a,1.fits']],
    ['e/*', ['d/a.fits', 'd/b1.fits', 'd/b2.fits']],
  ])('%s', (text, kept) => expect(left(text)).toEqual(kept));

  test('what matches nothing is a mistake', () => {
    expect(() => left('b1.fits,c.fits')).toThrow(expect.objectContaining({ exit: 2, code: 'exclude_nothing' }));
  });
});

test('the files of --split keep the ending of the mosaic', () => {
  for (const ending of ['.fits', '.fit', '.FTS']) {
    const { weight, alpha } = outputPaths(`d/m.31${ending}`, { split: true, preview: false, report: false });
    expect([weight, alpha]).toEqual([`d/m.31.weight${ending}`, `d/m.31.alpha${ending}`]);
  }
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
      const paths = outputPaths(join(folder(), name), none);
      checkNames(paths);
      checkOutputs(paths, [], { force: false, placed: [] });
      throw new Error('must throw');
    } catch (error) {
      expect(error).toMatchObject({ exit });
    }
  });

  test('a companion that exists needs --force too', () => {
    const dir = folder('m.png');
    const paths = outputPaths(join(dir, 'm.fits'), { ...none, preview: true });
    expect(() => checkOutputs(paths, [], { force: false, placed: [] })).toThrow(/m\.png: exists; use --force/);
    expect(() => checkOutputs(paths, [], { force: false, placed: [join(dir, 'm.png')] })).not.toThrow();
    expect(() => checkOutputs(paths, [], { force: true, placed: [] })).not.toThrow();
  });

  test('an input by another name for the same file is still the output', () => {
    const dir = folder('a.fits');
    symlinkSync(join(dir, 'a.fits'), join(dir, 'out.fits'));
    const { files } = expandInputs([join(dir, 'a.fits')]);
    expect(() => checkOutputs(outputPaths(join(dir, 'out.fits'), none), files, { force: true, placed: [] })).toThrow(
      /both output and input/,
    );
  });
});
