import { describe, expect, test } from 'bun:test';
import { escaped, figure, ticks } from '@zemosaic/core/page';
import Value from 'typebox/value';
import { markdown, markdownTable } from '../src/markdown.ts';
import { page } from '../src/page/page.ts';
import { SavedSchema } from '../src/record.ts';
import { result, run, saved } from './saved.ts';

const onGpu = {
  ...result([run(0.1), run(0.12)], { backend: 'cuda', chunk_mb: 64 }),
  vram: [1, 2, 3].map((chunk) => ({ channel: 1, chunk, free: 6000, budget: 2700, cap: 4320, used: 10 * chunk })),
};
const bench = saved(result([run(0.05)]), onGpu);

describe('page', () => {
  const html = page(bench);

  test('is self-contained', () => {
    expect(html).not.toMatch(/<script|<link|src=|href=|url\(|@import/);
    expect(html).not.toContain('{{');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('contains the charts; device memory only where there is a device', () => {
    expect(html.match(/<svg/g)?.length).toBe(2);
    expect(html.match(/class="stages"/g)?.length).toBe(1);
    expect(page(saved(result([run(0.05)]))).match(/<svg/g)?.length).toBe(1);
  });

  test('text from outside is escaped', () => {
    expect(html).toContain('A &lt;CPU&gt; &amp; more');
    expect(escaped('"<&>')).toBe('&quot;&lt;&amp;&gt;');
  });
});

test('markdown: a row per combination and per channel', () => {
  const text = markdown(bench);
  expect(text.match(/^\| small\/c/gm)?.length).toBe(4);
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
  expect(
    markdownTable([
      ['a', 'b'],
      ['1|2', '3'],
    ]),
  ).toBe('| a | b |\n| --- | --: |\n| 1\\|2 | 3 |');
});

test('the fixture has the shape of a saved bench', () => {
  expect(Value.Check(SavedSchema, bench)).toBe(true);
  expect(Value.Check(SavedSchema, { ...bench, schema: 2 })).toBe(false);
});

test('axes end on a round number at or above the largest', () => {
  expect(ticks(0.33)).toEqual([0, 0.1, 0.2, 0.30000000000000004, 0.4]);
  for (const most of [1e-9, 0.7, 3, 99, 12_345]) {
    const values = ticks(most);
    expect(values[values.length - 1]).toBeGreaterThanOrEqual(most);
    expect(values.length).toBeLessThanOrEqual(7);
  }
  expect(figure(0.30000000000000004)).toBe('0.3');
});
