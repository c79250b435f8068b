import { describe, expect, test } from 'bun:test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gridHeader } from '../src/peers/grid.ts';
import { measure } from '../src/peers/measure.ts';
import { ourselves } from '../src/peers/ourselves.ts';
import { findPython } from '../src/peers/python.ts';
import type { Race } from '../src/peers/race.ts';
import { peersTable } from '../src/peers/report.ts';
import { saved } from './saved.ts';

const { host, ceilings } = saved();
const cost = (seconds: number) => ({ seconds, user_seconds: 1, system_seconds: 0.5, peak_rss: 104_857_600 });
const row = {
  scenario: 'small',
  kernel: 'bilinear',
  combine: 'kappa-sigma',
  its_kernel: 'bilinear',
  its_combine: 'kappa-sigma',
  background: 'none',
  version: '1',
  megapixels: 8,
  remark: null,
  accuracy: null,
};
const accuracy = { covered: 1000, backgroundRms: 0.002, rms: 12.345, fluxRms: 0.001, stars: 9 };

test('the grid of a mosaic as a text header', () => {
  const card = (text: string) => text.padEnd(80);
  const cards = [
    'SIMPLE  =                    T',
    'NAXIS   =                    3',
    "CTYPE1  = 'RA---TAN'",
    'HISTORY x',
    'END',
  ];
  const path = join(mkdtempSync(join(tmpdir(), 'zemosaic-grid-')), 'm.fits');
  writeFileSync(path, cards.map(card).join('').padEnd(2880));
  expect(gridHeader(path)).toBe(
    "SIMPLE  =                    T\nNAXIS   =                    2\nCTYPE1  = 'RA---TAN'\nEND\n",
  );
  writeFileSync(path, ''.padEnd(2880));
  expect(() => gridHeader(path)).toThrow('has no END card');
});

describe('measure', () => {
  const sh = (script: string) => ({ argv: ['sh', '-c', script] });

  test('adds up the steps and sees the memory of the child, not its own', async () => {
    const spent = await measure(
      [sh('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'), sh('sleep 0.05')],
      tmpdir(),
      process.env,
    );
    expect(spent.seconds).toBeGreaterThan(0.05);
    expect(spent.user_seconds).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(spent.peak_rss ?? Infinity).toBeLessThan(20e6);
  });

  test('a step that fails says why', async () => {
    await expect(measure([sh('echo broken >&2; exit 3')], tmpdir(), process.env)).rejects.toThrow(
      'ended with 3: broken',
    );
  });
});

test('backgrounds are left alone unless matching is asked for', () => {
  const job = { tiles: ['a.fits'], grid: 'g.hdr', out: '/d/m.fits', dir: '/d', kernel: 'bilinear', combine: 'mean' };
  const peer = ourselves(['zemosaic'], '1');
  const words = (matched: boolean) =>
    peer.steps({ ...job, threads: 2, distortion: 'none', matched }).flatMap(({ argv }) => argv);
  expect(words(false).join(' ')).toContain('--match-background none');
  expect(words(true)).not.toContain('--match-background');
  expect(peer.matching).toBe('offsets');
});

test('a missing interpreter is reported', () => {
  const found = findPython({ ZEMOSAIC_PYTHON: '/no/such/python' });
  expect(found.map((one) => ('why' in one ? one.peer : 'found'))).toEqual(['reproject', 'drizzle', 'dfreproject']);
});

test('the table shows how many times longer each took, and its errors', () => {
  const rows = [
    { ...row, peer: 'zemosaic', runs: [cost(2), cost(3), cost(4)], accuracy },
    {
      ...row,
      peer: 'other',
      runs: [cost(30)],
      its_combine: 'CLIPPED',
      background: 'own subtraction',
      remark: 'ignores SIP',
      accuracy: { ...accuracy, covered: 990, rms: 99 },
    },
    { ...row, peer: 'broken', runs: [], remark: 'failed: no' },
  ];
  const race: Race = { schema: 1, kind: 'peers', version: '1', made: '', host, ceilings, rows, missing: [] };
  const [, ours, other, broken] = peersTable(race);
  expect(ours?.slice(5)).toEqual([
    '3.00 (2.00..4.00)',
    '1.00',
    '0.50',
    '100',
    '2.67',
    '1.00',
    '0.0020',
    '12.35',
    '0.100',
    '0',
    '',
  ]);
  expect(other?.slice(3, 5)).toEqual(['CLIPPED', 'own subtraction']);
  expect(other?.slice(10)).toEqual(['10.00', '0.0020', '99.00', '0.100', '-10', 'ignores SIP']);
  expect(broken?.slice(11)).toEqual(['-', '-', '-', '-', 'failed: no']);
});
