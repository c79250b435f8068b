import { describe, expect, setSystemTime, test } from 'bun:test';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { MosaicOptions } from '../src/config/options.ts';
import type { FileState } from '../src/device.ts';
import { markOf, otherWork } from '../src/journal/mark.ts';
import { parseJournal, toLine } from '../src/journal/record.ts';
import { coded } from './fake-engine.ts';
import { file, hdu } from './fake-facts.ts';
import { options } from './options.ts';
import { journal, rowsAsked, same, stopped } from './stopped.ts';
import { of, type Trial, trial } from './trial.ts';

const left = (made: Trial) => readdirSync(made.dir).filter((name) => name !== 'a.fits');

describe('an interrupted run', () => {
  test.each([130, 143] as const)('exit %d keeps finished chunks and their journal, on the disk', async (exit) => {
    const made = await stopped(exit);
    expect(left(made).sort()).toEqual(['m.fits.part', 'm.fits.zemosaic-journal']);
    expect(made.fake.asked.flushed).toBe(1);
    expect(parseJournal(readFileSync(journal(made), 'utf8'))?.records.length).toBe(4);
  });

  test('is resumed, in chunks of another size', async () => {
    const made = await stopped();
    expect(await made.run({ chunkRows: 300, threads: 1, ramMb: 4000, report: true, preview: true })).toBe(0);
    expect(rowsAsked(made)).toEqual([
      [400, 200],
      [600, 300],
      [900, 100],
    ]);
    expect(of(made.events, 'info').map(({ code }) => String(code))).toContain('resumed');
    expect(left(made).sort()).toEqual(['m.fits', 'm.png', 'm.report.html', 'm.report.json']);
  });

  test('its report covers both runs: rows, covered pixels, damage; strict counts it', async () => {
    const made = await stopped();
    expect(await made.run({ chunkRows: 100, report: true, strict: true })).toBe(7);
    const report = JSON.parse(readFileSync(join(made.dir, 'm.report.json'), 'utf8'));
    expect(report.channels).toMatchObject([{ chunks: 10, rows_done: 1000, covered: 200_000, bytes_read: 10_000 }]);
    expect(report.tiles[0].damage).toContain('rows 3 to 5');
    expect(report.coverage_fraction).toBe(1);
    expect(report.resumed).toEqual({ rows: 400 });
    expect(of(made.events, 'warning').map(({ code }) => code)).toContain('tile_damaged');
  });

  test('its DATE is that of the first run', async () => {
    const made = await stopped();
    const date = (cards = made.fake.asked.output?.cards) => cards?.find(({ key }) => key === 'DATE')?.value;
    const first = date();
    setSystemTime(Date.now() + 3_600_000);
    try {
      await made.run({ chunkRows: 100 });
      expect(date()).toBe(first as string);
      await made.run({ chunkRows: 100, force: true, resume: false });
      expect(date()).not.toBe(first as string);
    } finally {
      setSystemTime();
    }
  });

  test.each<[string, Partial<MosaicOptions>, (made: Trial) => void]>([
    ['a tile with another time', {}, ({ dir }) => utimesSync(join(dir, 'a.fits'), 1, 1)],
    ['a tile of another size', {}, ({ dir }) => appendFileSync(join(dir, 'a.fits'), 'more')],
    ['one more tile', {}, ({ dir }) => writeFileSync(join(dir, 'b.fits'), 'tile')],
    ['another grid', {}, ({ fake }) => Object.assign(fake.script.grid, { scaleArcsec: 3 })],
    ['a damaged journal', {}, (made) => spoil(made, 60)],
    ['a damaged record', {}, (made) => spoil(made, readFileSync(journal(made)).length - 40)],
    ['an unfinished output that does not hold the rows', {}, ({ fake }) => Object.assign(fake.script, { proved: 0 })],
  ])('%s: the journal is ignored with one line', async (_, more, change) => {
    const made = await stopped();
    change(made);
    expect(await made.run({ ...same, ...more })).toBe(0);
    expect(rowsAsked(made)[0]).toEqual([0, 100]);
    expect(of(made.events, 'warning').filter(({ code }) => code === 'journal_ignored').length).toBe(1);
    expect(left(made)).not.toContain('m.fits.zemosaic-journal');
  });

  test.each<[string, Partial<MosaicOptions>, string]>([
    ['a kernel', { kernel: 'nearest' }, '--kernel bilinear (now --kernel nearest)'],
    ['a scale', { scale: 2 }, 'no --scale (now --scale 2)'],
    ['split files', { split: true }, 'no --split (now --split)'],
  ])('%s: what is finished is not thrown away, and one line names the option', async (_, more, named) => {
    const made = await stopped();
    const before = readFileSync(journal(made), 'utf8');
    const error = await made.run({ ...same, ...more }).catch((thrown) => thrown);
    expect(error).toMatchObject({ exit: 5, code: 'other_options' });
    expect(error.message).toContain(`holds 400 rows that were made with ${named}`);
    expect(readFileSync(journal(made), 'utf8')).toBe(before);
    expect(made.fake.asked.matches).toEqual([]);
    expect(await made.run({ ...same, ...more, resume: false })).toBe(0);
  });

  test('an option of which nothing is finished yet is no matter', async () => {
    const made = await stopped();
    writeFileSync(journal(made), `${readFileSync(journal(made), 'utf8').split('\n')[0]}\n`);
    expect(await made.run({ ...same, kernel: 'nearest' })).toBe(0);
  });

  test('a pipe or a link in the place of its journal is neither waited for nor followed', async () => {
    const made = await stopped();
    rmSync(journal(made));
    writeFileSync(join(made.dir, 'precious'), 'mine');
    symlinkSync('precious', journal(made));
    expect(await made.run(same)).toBe(0);
    expect(lstatSync(journal(made)).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(made.dir, 'precious'), 'utf8')).toBe('mine');
    expect(of(made.events, 'warning').map(({ code }) => code)).toEqual(['journal_failed']);
  });

  test('somebody else’s file in the place of its journal stays as it is', async () => {
    const made = await stopped();
    writeFileSync(journal(made), 'notes\nof mine\n');
    expect(await made.run(same)).toBe(0);
    expect(readFileSync(journal(made), 'utf8')).toBe('notes\nof mine\n');
    expect(of(made.events, 'warning').map(({ code }) => code)).toEqual(['journal_failed']);
  });

  test('is resumed on its own backend, unless another one is asked for', async () => {
    const made = await stopped(130, { backend: 'cpu' });
    made.fake.script.gpus = 1;
    const error = await made.run({ ...same, backend: 'cuda' }).catch((thrown) => thrown);
    expect(error.message).toContain('--backend cpu (now cuda)');
    expect(await made.run({ ...same, backend: 'auto' })).toBe(0);
    expect([made.fake.asked.backend, rowsAsked(made)[0]]).toEqual(['cpu', [400, 100]]);
  });

  test('is resumed on the GPU that began it, though for so little the CPU would be chosen', async () => {
    const made = trial('a.fits');
    made.fake.script.gpus = 1;
    made.fake.script.onChunk = (_, count) => {
      if (count === 4) made.stop = 130;
      return {};
    };
    await made.run({ ...same, backend: 'cuda' }).catch(({ code }) => expect(code).toBe('stopped'));
    made.stop = null;
    made.fake.script.onChunk = () => ({});
    expect(await made.run({ ...same, backend: 'auto' })).toBe(0);
    expect(of(made.events, 'plan').map(({ backend, expected_s }) => [backend, expected_s])).toEqual([
      ['cuda', null],
      ['cuda', null],
    ]);
  });

  test('new journals that killed runs left are removed, but not those of runs that may be alive, or of others', async () => {
    const made = await stopped();
    const [head] = readFileSync(journal(made), 'utf8').split('\n');
    const of = (pid: number, host: string) => {
      const own = { ...JSON.parse(head?.slice(9) ?? '{}'), pid, host };
      return toLine(own);
    };
    const put = (run: string, text: string, seconds: number) => {
      const path = `${journal(made)}.${run}.new`;
      writeFileSync(path, text);
      utimesSync(path, seconds, seconds);
    };
    const [old, now] = [1e9, Date.now() / 1000];
    // No process has this number: the largest is 2^22.
    const dead = 99_999_999;
    put(`a1-${dead}`, of(dead, hostname()), now);
    put(`a2-${dead}`, '', old);
    put(`a3-${dead}`, of(dead, hostname()).slice(0, 40), old);
    put(`b1-${process.ppid}`, of(process.ppid, hostname()), old);
    put(`b2-${dead}`, of(dead, 'elsewhere'), old);
    put(`b3-${dead}`, '', now);
    put(`b4-${dead}`, 'notes of mine', old);
    expect(await made.run(same)).toBe(0);
    const news = left(made).filter((name) => name.endsWith('.new'));
    expect(news.map((name) => name.split('.').at(-2)?.split('-')[0]).sort()).toEqual(['b1', 'b2', 'b3', 'b4']);
  });

  test('with --no-resume starts over silently', async () => {
    const made = await stopped();
    expect(await made.run({ ...same, resume: false })).toBe(0);
    expect(made.fake.asked.output?.done).toEqual([]);
    expect(rowsAsked(made).length).toBe(10);
    expect(of(made.events, 'warning')).toEqual([]);
  });

  test('only the rows that the file proves count', async () => {
    const made = await stopped();
    made.fake.script.proved = 3;
    await made.run(same);
    expect(rowsAsked(made)[0]).toEqual([300, 100]);
  });

  test('a kill can leave half of the last line: the lines before it count', async () => {
    const made = await stopped();
    const text = readFileSync(journal(made), 'utf8');
    writeFileSync(journal(made), text.slice(0, -30));
    await made.run(same);
    expect(rowsAsked(made)[0]).toEqual([300, 100]);
  });

  test('it is finished even if it is stopped again and again', async () => {
    const made = await stopped();
    for (const end of [600, 800]) {
      made.fake.script.onChunk = ({ row0, rows }) => {
        if (row0 + rows >= end) made.stop = 130;
        return {};
      };
      await made.run(same).catch(() => {});
      made.stop = null;
    }
    made.fake.script.onChunk = () => ({});
    expect(await made.run(same)).toBe(0);
    expect(rowsAsked(made).map(([row0]) => row0)).toEqual([400, 500, 600, 700, 800, 900]);
  });
});

describe('what a failure leaves', () => {
  test('nothing, if nothing was finished', async () => {
    const made = trial('a.fits');
    made.fake.script.onChunk = () => ({ kind: 'failed', message: 'no' });
    expect(await made.run().catch(({ exit }) => exit)).toBe(6);
    expect(left(made)).toEqual([]);
  });

  test('after a full disk the finished chunks are kept; the same command resumes once there is space', async () => {
    const made = trial('a.fits');
    made.fake.script.onChunk = (_, count) => {
      if (count === 3) throw coded('no_space', 'the disk is full');
      return {};
    };
    const error = await made.run({ chunkRows: 100 }).catch((e) => e);
    expect(error).toMatchObject({ exit: 5, code: 'no_space', message: expect.stringContaining('200 of 1000 rows') });
    made.fake.script.onChunk = () => ({});
    expect(await made.run({ chunkRows: 100 })).toBe(0);
    expect(made.fake.asked.chunks.at(3)?.row0).toBe(200);
  });

  test('a lock names the process that holds it, and leaves that run’s files alone', async () => {
    const made = await stopped();
    made.fake.script.outputError = coded('locked', 'locked');
    const error = await made.run({ chunkRows: 100 }).catch((e) => e);
    expect(error).toMatchObject({
      exit: 5,
      code: 'locked',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    expect(left(made).sort()).toEqual(['m.fits.part', 'm.fits.zemosaic-journal']);
  });

  test('a journal that cannot be written costs one line, not the run', async () => {
    const made = trial('a.fits');
    // A folder in its place cannot be replaced by renaming.
    mkdirSync(join(journal(made), 'in-the-way'), { recursive: true });
    expect(await made.run({ chunkRows: 100 })).toBe(0);
    expect(of(made.events, 'warning').map(({ code }) => code)).toEqual(['journal_failed']);
    expect(existsSync(join(made.dir, 'm.fits'))).toBe(true);
  });
});

describe('channel by channel', () => {
  test('a GPU run resumes in the same channel, at the same row, with its counters', async () => {
    const made = trial('a.fits');
    const { fake } = made;
    fake.script.gpus = 1;
    fake.script.onProbe = () => ({ free: 4 * 2 ** 30, total: 8 * 2 ** 30 });
    const path = join(made.dir, 'a.fits');
    fake.script.facts.set(path, file(path, [hdu({ planes: 3, axes: [100, 80, 3] })]));
    const same = { backend: 'cuda' as const, chunkRows: 250, report: true };
    fake.script.onChunk = (_, count) => {
      if (count === 5) return { kind: 'oom', asked: 1, free: 0, total: 1 };
      if (count === 7) made.stop = 143;
      return {};
    };
    await made.run(same).catch(({ code }) => expect(code).toBe('stopped'));
    expect(fake.asked.chunks.map(({ channel, row0 }) => [channel, row0]).at(-1)).toEqual([1, 175]);
    made.stop = null;
    fake.script.onChunk = () => ({});
    fake.asked.chunks = [];
    fake.asked.probes = 0;
    expect(await made.run(same)).toBe(0);
    const [first] = fake.asked.chunks;
    expect([first?.channel, first?.row0]).toEqual([1, 350]);
    expect(fake.asked.output?.apart).toBe(true);
    const report = JSON.parse(readFileSync(join(made.dir, 'm.report.json'), 'utf8'));
    expect(report.channels).toMatchObject([
      { channel: 1, rows_done: 1000, chunks: 4, attempts: 4, retries: 0 },
      { channel: 2, rows_done: 1000, retries: 1 },
      { channel: 3, rows_done: 1000, retries: 0 },
    ]);
    // The start of the run, and the two remaining channels.
    expect(fake.asked.probes).toBe(3);
  });
});

describe('what a journal remembers of its run', () => {
  const path = join(import.meta.dir, 'resume.test.ts');
  const state = { bytes: 10, modified: '1000', digest: 7 };
  const markOfRun = (more: object, keywords: Record<string, string | number>, now: FileState | null = state) =>
    markOf(
      {
        version: '0.1.0',
        backend: 'cpu',
        options: { ...options(), ...more },
        tiles: [{ path, hdu: hdu({ keywords }), spec: { path, hdu: 0, weight: 1, fluxScale: 1 }, weightKeyword: null }],
        grid: {},
        shape: { width: 10, height: 10, channels: 1, tiles: 1 },
        levels: null,
        cards: [],
      },
      [now],
    );

  test('depends neither on the order of keys nor on options of `work`', () => {
    const first = markOfRun({}, { OBJECT: 'M 31', EXPTIME: 3 });
    expect(markOfRun({}, { EXPTIME: 3, OBJECT: 'M 31' })).toEqual(first);
    expect(markOfRun({ threads: 7, chunkRows: 5, device: 3 }, { OBJECT: 'M 31', EXPTIME: 3 })).toEqual(first);
    expect(markOfRun({}, { OBJECT: 'M 31', EXPTIME: 4 })).not.toEqual(first);
    expect(markOfRun({ kernel: 'exact' }, { OBJECT: 'M 31', EXPTIME: 3 })).not.toEqual(first);
  });

  test('a file of another size, time or content, or of unknown content, is another file', () => {
    const first = markOfRun({}, {});
    expect(otherWork(first, markOfRun({}, {}))).toBeNull();
    for (const now of [
      { ...state, bytes: 11 },
      { ...state, modified: '1001' },
      { ...state, digest: 8 },
    ]) {
      expect(otherWork(first, markOfRun({}, {}, now))).toBe('resume.test.ts has changed since');
    }
    const { digest: _, ...unknown } = state;
    expect(otherWork(markOfRun({}, {}, unknown), markOfRun({}, {}, unknown))).toBe('resume.test.ts has changed since');
    expect(otherWork({ ...first, files: [] }, first)).toBe('it was written without resume.test.ts');
    expect(otherWork(first, { ...first, files: [] })).toBe('it was written with resume.test.ts as well');
  });

  test('a line that was tampered with is rejected', () => {
    const head = {
      zemosaic_journal: 4 as const,
      mark: markOfRun({}, {}),
      date: null,
      run: 'ab12',
      pid: 1,
      host: 'here',
    };
    expect(parseJournal(toLine(head))).toEqual({ head, records: [], parts: null });
    expect(parseJournal(toLine(head).replace('"here"', '"hers"'))).toBeNull();
    expect(parseJournal(toLine({ ...head, run: '../x' }))).toBeNull();
    expect(parseJournal('')).toBeNull();
  });
});

function spoil(made: Trial, at: number): void {
  const bytes = readFileSync(journal(made));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(journal(made), bytes);
}
