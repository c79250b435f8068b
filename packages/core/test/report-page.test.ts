import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportPage } from '../src/report/page.ts';
import type { RunReport } from '../src/report/schema.ts';
import { file, hdu } from './fake-facts.ts';
import { type Trial, trial } from './trial.ts';

/** A run with a skipped tile, a warning and two colour tiles on a GPU: its report and its page. */
async function reported(): Promise<{ made: Trial; report: RunReport; page: string }> {
  const made = trial('a<b>.fits', 'b.fits', 'c.fits');
  for (const name of ['a<b>.fits', 'b.fits', 'c.fits']) {
    const path = join(made.dir, name);
    made.fake.script.facts.set(path, file(path, [hdu({ planes: 3, axes: [100, 80, 3] })]));
  }
  made.fake.script.broken.set(join(made.dir, 'c.fits'), 'truncated');
  made.fake.script.gpus = 1;
  made.fake.script.onProbe = () => ({ free: 4 * 2 ** 30, total: 8 * 2 ** 30 });
  made.fake.script.onChunk = (_, count) => (count === 2 ? { kind: 'oom', asked: 1, free: 0, total: 1 } : {});
  expect(await made.run({ backend: 'cuda', report: true, matchBackground: 'offset' })).toBe(0);
  const read = (name: string) => readFileSync(join(made.dir, name), 'utf8');
  return { made, report: JSON.parse(read('m.report.json')), page: read('m.report.html') };
}

describe('the page of a run', () => {
  test('is self-contained: no script, no address, no file', async () => {
    const { page } = await reported();
    expect(page).not.toMatch(/<script|<link|href=|url\(|@import|https?:/);
    expect([...page.matchAll(/src="([^"]{0,30})/g)].every(([, src]) => src?.startsWith('data:image/png;base64,'))).toBe(
      true,
    );
    expect(page).not.toContain('{{');
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  test('shows pictures, an outline for each tile, charts, tiles used and skipped, background, warnings', async () => {
    const { page, report } = await reported();
    expect(page.match(/<img /g)?.length).toBe(2);
    expect(page.match(/class="outline"/g)?.length).toBe(2);
    expect(page.match(/class="bar"/g)?.length).toBe(3);
    expect(page).toContain('class="line budget"');
    expect(page).toContain('a&lt;b&gt;.fits');
    expect(page).not.toContain('a<b>');
    expect(page).toContain('truncated');
    expect(page).toContain('<h2>Background</h2>');
    for (const { message } of report.warnings) expect(page).toContain(message.slice(0, 20).replace('<', '&lt;'));
    expect(report.warnings.map(({ code }) => code)).toContain('oom_retry');
    expect(report.warnings.map(({ code }) => code)).toContain('tile_skipped');
  });

  test('shows which options differ from the default, and where they came from', async () => {
    const { report } = await reported();
    const pictures = { mosaic: null, coverage: null, outlines: [] };
    const options = { kernel: 'lanczos3', threads: 4, combine: 'mean' };
    const origins = { kernel: 'flag', threads: 'environment', combine: 'default' };
    const page = reportPage({ ...report, options, origins }, pictures);
    expect(page).toContain('--kernel');
    expect(page).toContain('environment');
    expect(page).not.toContain('--combine');
    expect(reportPage({ ...report, options, origins: {} }, pictures)).toContain('All have their default values');
  });

  test('an outline is broken where it leaves the sky or crosses the seam', async () => {
    const { report } = await reported();
    const draw = (points: number[]) => {
      const page = reportPage(report, { mosaic: null, coverage: Uint8Array.of(1), outlines: [points] });
      return /<path d="([^"]*)" class="outline"/.exec(page)?.[1] ?? '';
    };
    expect(draw([0, 0, 10, 0, 10, 10]).match(/M/g)?.length).toBe(1);
    expect(draw([0, 0, 10, 0, Number.NaN, Number.NaN, 10, 10]).match(/M/g)?.length).toBe(2);
    expect(draw([1, 0, 1, 10, 190, 10, 190, 0]).match(/M/g)?.length).toBe(3);
    expect(draw([])).toBe('');
  });
});
