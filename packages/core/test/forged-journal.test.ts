import { describe, expect, test } from 'bun:test';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MosaicOptions } from '../src/config/options.ts';
import { toLine } from '../src/journal/record.ts';
import { isReport } from '../src/journal/report-check.ts';
import { newReport, noTime } from '../src/report/report.ts';
import { journal, rowsAsked, same, stopped } from './stopped.ts';
import { of, type Trial } from './trial.ts';

type Fields = Record<string, unknown>;

const report = (more: Fields) => (record: Fields) => void Object.assign(record.report as Fields, more);
const damage = (tile: number) => ({ tile, problem: { code: 'io', reason: 'rows 3 to 5 cannot be read' } });

/** Changes what the head says of the work. */
function mark({ options: more, ...fields }: Fields): (head: Fields) => void {
  return ({ mark: before }) => {
    const known = before as Fields & { options: Fields };
    Object.assign(known, fields, { options: { ...known.options, ...(more as Fields) } });
  };
}

/** Changes a line, with a right checksum. */
function rewrite(made: Trial, line: number, change: (value: Fields) => void): void {
  const lines = readFileSync(journal(made), 'utf8').split('\n');
  const value = JSON.parse(lines[line]?.slice(9) ?? '');
  change(value);
  lines[line] = toLine(value).trimEnd();
  writeFileSync(journal(made), lines.join('\n'));
}

describe('what runs do write', () => {
  test.each<[string, Partial<MosaicOptions>]>([
    ['a number where the default is a word', { blank: 0 }],
    ['a small number there', { blank: -1e-30 }],
    ['a word where the default is none', { weights: 'none', mask: 'none' }],
    ['places and sizes', { center: [150, 2], trim: 1, feather: 3 }],
  ])('%s: the run is resumed', async (_, options) => {
    const made = await stopped(130, options);
    expect(await made.run({ ...same, ...options })).toBe(0);
    expect(rowsAsked(made)[0]).toEqual([400, 100]);
  });

  test('a pass that the CPU began after its device was lost, and the device goes on with', () => {
    const rows = { channel: 1, channels: 1, row0: 100, rows: 100 };
    const run = { width: 10, height: 1000, channels: 3, tiles: 1, backend: 'cuda' };
    const before = { ...newReport(1, 1, 3, 'cpu'), chunks: 1, rows_done: 100, rows_per_chunk: 100 };
    const resumed = { ...before, chunks: 2, rows_done: 200, attempts: 1 };
    expect(isReport(resumed, rows, run, before)).toBe(true);
    expect(isReport({ ...resumed, backend: 'cuda', attempts: 2 }, rows, run, before)).toBe(true);
    expect(isReport(resumed, rows, { ...run, backend: 'cpu' }, before)).toBe(false);
    expect(isReport({ ...resumed, backend: 'wgpu' }, rows, run, before)).toBe(false);
  });
});

describe('a journal with right checksums that no run wrote', () => {
  test.each<[string, (record: Fields) => void]>([
    ['no warnings', (record) => delete record.warnings],
    ['no damage', (record) => delete record.damaged],
    ['damage without a tile', (record) => Object.assign(record, { damaged: [null] })],
    ['rows that are a text', (record) => Object.assign(record, { rows: 'x' })],
    ['no report', (record) => Object.assign(record, { report: null })],
    ['a report of more rows', (record) => Object.assign(record.report as Fields, { rows_done: 1e6 })],
    ['a report without times', (record) => delete (record.report as Fields).ms],
    ['a report of fewer pixels than none', (record) => Object.assign(record.report as Fields, { covered: -9 })],
    ['too few sums', (record) => Object.assign(record, { sums: [1] })],
    ['a sum beyond 32 bits', (record) => Object.assign(record, { sums: [1, 2, 2 ** 32] })],
    ['more rows than the output has', (record) => Object.assign(record, { rows: 2000 })],
    ['a channel that there is not', (record) => Object.assign(record, { channel: 1 })],
    ['damage of a tile that there is not', (record) => Object.assign(record, { damaged: [damage(7)] })],
    ['a report of more pixels than its rows have', report({ covered: 200 * 200 + 1 })],
    ['a report of more dead pixels than its rows have', report({ dead_in_one_channel: 1e6 })],
    ['a report of fewer pixels than the one before', report({ covered: 0 })],
    ['a report of another backend', report({ backend: 'quantum' })],
    ['a report of retries that nothing was tried for', report({ retries: 4 })],
    ['a report of attempts on no device', report({ attempts: 3 })],
    ['a report of half a retry', report({ retries: 0.5 })],
    ['a report of more chunks than records', report({ chunks: 9 })],
    ['a report of a taller chunk than there was', report({ rows_per_chunk: 999 })],
    ['a report of a time longer than any', report({ seconds: 1e308 })],
    ['a report of a time of a step longer than any', report({ ms: { ...noTime(), read: 1e300 } })],
    ['a report of an overflow that is a number', report({ overflow: 1 })],
    ['a report of a budget that is no number', report({ budget_mb: { reason: '', message: '', row0: 0 } })],
    ['a report of more bytes than any disk has', report({ bytes_read: 1e40 })],
  ])('a record with a right checksum and %s: the journal is ignored', async (_, spoil) => {
    const made = await stopped();
    rewrite(made, 2, spoil);
    expect(await made.run(same)).toBe(0);
    expect(of(made.events, 'warning').map(({ code }) => code)).toEqual(['journal_ignored']);
  });

  test('an overflow that is forgotten in the next record: the journal is ignored', async () => {
    const made = await stopped();
    rewrite(made, 2, report({ overflow: true }));
    expect(await made.run(same)).toBe(0);
    expect(of(made.events, 'warning').map(({ code }) => code)).toEqual(['journal_ignored']);
  });

  test.each<[string, (head: Fields) => void]>([
    ['a backend that there is not', mark({ backend: 'quantum' })],
    ['a device of the CPU', mark({ device: 1 })],
    ['no shape', mark({ shape: null })],
    ['a kernel that there is not', mark({ options: { kernel: 'quantum' } })],
    ['a mask that is a number', mark({ options: { mask: 1 } })],
    ['a file without a size', mark({ files: [['a.fits', null, '', 1]] })],
    ['no process', (head) => Object.assign(head, { pid: 0 })],
    ['a date that is none', (head) => Object.assign(head, { date: 'yesterday' })],
    ['a long name of a run', (head) => Object.assign(head, { run: 'a'.repeat(200) })],
  ])('a head with a right checksum and %s: the journal is ignored', async (_, spoil) => {
    const made = await stopped();
    rewrite(made, 0, spoil);
    expect(await made.run(same)).toBe(0);
    expect(rowsAsked(made)[0]).toEqual([0, 100]);
    expect(of(made.events, 'warning').map(({ code }) => code)).toEqual(['journal_ignored']);
  });

  test.each([
    ['m.fits', '.other.fits.partial'],
    ['other.fits', '.m.fits.partial'],
  ])('files of another output are never put in places: %s, %s', async (path, partial) => {
    const made = await stopped();
    const part = {
      path: join(made.dir, path),
      partial: join(made.dir, partial),
      device: '1',
      inode: '2',
      bytes: 10,
      modified: '3',
    };
    appendFileSync(journal(made), toLine({ parts: [part, part, part] }));
    expect(await made.run(same)).toBe(0);
    expect(of(made.events, 'warning').map(({ code, message }) => [code, message])).toEqual([
      ['journal_ignored', expect.stringContaining('it is damaged')],
    ]);
  });
});
