import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Saved } from '../record.ts';
import { ceilingLine, hostLine, stageTable, summaryTable } from '../table.ts';
import { stageChart } from './stage-chart.ts';
import { escaped } from './svg.ts';
import { timeChart } from './time-chart.ts';
import { vramChart } from './vram-chart.ts';

/** One page of HTML that needs nothing else: no script, no font, no network. */
export function page(saved: Saved): string {
  const template = readFileSync(join(import.meta.dir, 'template.html'), 'utf8');
  const runs = saved.results[0]?.runs.length ?? 0;
  const sections = saved.scenarios.map(({ name, about, tiles, megapixels, planes }) => {
    const results = saved.results.filter(({ combination }) => combination.scenario === name);
    const onDevice = results.filter(({ vram }) => vram.some(({ budget, free }) => budget !== null || free !== null));
    const size = `${tiles} tiles, ${megapixels.toFixed(2)} Mpix${planes > 1 ? ` x ${planes} planes` : ''}`;
    return [
      `<section><h2>${escaped(name)}</h2><p class="about">${escaped(about)} · ${size}</p>`,
      `<h3>Elapsed time by chunk size</h3><p class="note">Median of ${runs} runs, each run a dot, from the fastest to the slowest; reading and writing included, fsync apart.</p>`,
      timeChart(name, results),
      '<h3>Stages of each channel</h3><p class="note">Stages overlap, so their sum may exceed the elapsed time; map, kernel and write are averaged over the threads.</p>',
      stageChart(results),
      ...onDevice.map(
        (result) =>
          `<h3>Device memory along the run</h3><p class="note">${escaped(result.key)}</p>${vramChart(result)}`,
      ),
      '</section>',
    ].join('\n');
  });
  const parts: Record<string, string> = {
    version: escaped(saved.version),
    date: escaped(saved.made.slice(0, 10)),
    host: escaped(hostLine(saved.host)),
    ceilings: escaped(ceilingLine(saved.ceilings)),
    debug: debugLine(saved),
    summary: htmlTable(summaryTable(saved)),
    scenarios: sections.join('\n'),
    stages: htmlTable(stageTable(saved)),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
}

function debugLine({ debug_variables: set, results }: Saved): string {
  const lines = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  const unsteady = results.filter((result) => result.unsteady.length > 0);
  const told = unsteady.map((result) => `counters of ${result.key} differ between runs: ${result.unsteady.join(', ')}`);
  return [...lines, ...told].map((line) => `<p class="warn">${escaped(line)}</p>`).join('');
}

function htmlTable([head = [], ...body]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], cell: string) =>
    `<tr>${cells.map((text) => `<${cell}>${escaped(text)}</${cell}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}
