import { drawing, LEFT, label, RIGHT, scaleLines, tag, ticks, WIDTH } from '@zemosaic/core/page';
import { chunkOf, type Result } from '../record.ts';
import { spread } from '../statistics.ts';

const TOP = 26;
const HEIGHT = 250;
const FLOOR = HEIGHT - 34;

/** What identifies a line of the chart: everything but scenario and chunk size. */
function seriesOf({ combination: { backend, kernel, combine, threads } }: Result): string {
  return [backend, kernel, combine, `${threads} threads`].join(' · ');
}

/** Elapsed time by chunk size: the median of the runs, their spread, and each run as a dot. */
export function timeChart(scenario: string, results: readonly Result[]): string {
  const sizes = [...new Set(results.map(({ combination }) => chunkOf(combination)))].sort(bySize);
  const series = [...new Set(results.map(seriesOf))];
  const most = Math.max(...results.flatMap(({ runs }) => runs.map(({ seconds }) => seconds)));
  const values = ticks(most);
  const top = values[values.length - 1] ?? 1;
  const y = (seconds: number) => FLOOR - (seconds / top) * (FLOOR - TOP);
  const step = (WIDTH - LEFT - RIGHT) / sizes.length;
  const x = (size: string, line: number) =>
    LEFT +
    (sizes.indexOf(size) + 0.5) * step +
    (line - (series.length - 1) / 2) * Math.min(14, step / (series.length + 1));
  const lines = series.map((name, at) => {
    const mine = results.filter((result) => seriesOf(result) === name);
    const points = mine
      .map(({ combination, runs }) => {
        const seconds = runs.map((run) => run.seconds);
        return { x: x(chunkOf(combination), at), seconds, ...spread(seconds), size: chunkOf(combination) };
      })
      .sort((a, b) => a.x - b.x);
    const path = points.map((point, n) => `${n === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${y(point.median).toFixed(1)}`);
    const marks = points.map((point) => {
      const about = `${name}, ${point.size}: ${point.median.toFixed(3)} s (${point.min.toFixed(3)} to ${point.max.toFixed(3)})`;
      const whisker = tag('line', { x1: point.x, x2: point.x, y1: y(point.min), y2: y(point.max), class: 'whisker' });
      const runs = point.seconds.map((one) => tag('circle', { cx: point.x, cy: y(one), r: 2, class: 'run' }));
      const median = tag('circle', { cx: point.x, cy: y(point.median), r: 5, class: 'median' });
      return tag('g', {}, tag('title', {}, about) + whisker + runs.join('') + median);
    });
    return tag('g', { class: `s${at % 8}` }, tag('path', { d: path.join(' '), class: 'line' }) + marks.join(''));
  });
  const names = sizes.map((size, at) => label(LEFT + (at + 0.5) * step, FLOOR + 20, worded(size), 'axis'));
  const plot = drawing(
    HEIGHT,
    `Elapsed seconds of ${scenario} by chunk size`,
    scaleLines(values, y, 's') + names.join('') + lines.join(''),
  );
  const legend = series.map((name, at) => `<li class="s${at % 8}"><i></i><span>${name}</span></li>`).join('');
  return `${plot}<ul class="legend">${legend}</ul>`;
}

function worded(size: string): string {
  return size.replace(/^(\d+)(rows|MB)$/, '$1 $2');
}

/** `auto` first, then memory, then rows, each in ascending order. */
function bySize(a: string, b: string): number {
  const rank = (size: string) => (size === 'auto' ? 0 : size.endsWith('MB') ? 1 : 2);
  return rank(a) - rank(b) || Number.parseInt(a, 10) - Number.parseInt(b, 10);
}
