import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped, filled, htmlTable, type StageBar, stageChart, style, vramChart } from '@zemosaic/core/page';
import { HOST_NOTE, hostTable } from '../host-share.ts';
import type { Result, Saved } from '../record.ts';
import { middle } from '../statistics.ts';
import { ceilingLine, hostLine, stageTable, summaryTable } from '../table.ts';
import { timeChart } from './time-chart.ts';

/** One self-contained HTML page: no script, no font, no network. */
export function page(saved: Saved): string {
  const template = readFileSync(join(import.meta.dir, 'template.html'), 'utf8');
  const runs = saved.results[0]?.runs.length ?? 0;
  const sections = saved.scenarios.map(({ name, about, tiles, megapixels, planes }) => {
    const results = saved.results.filter(({ combination }) => combination.scenario === name);
    const onDevice = results.filter(({ vram }) => vram.some(({ budget, free }) => budget !== null || free !== null));
    const size = `${tiles} tiles, ${megapixels.toFixed(2)} Mpix${planes > 1 ? ` x ${planes} planes` : ''}`;
    return [
      `<section><h2>${escaped(name)}</h2><p class="about">${escaped(about)} · ${size}</p>`,
      `<h3>Elapsed time by chunk size</h3><p class="note">Median of ${runs} runs, each run a dot, from the fastest to the slowest; reading and writing included, fsync excluded.</p>`,
      timeChart(name, results),
      '<h3>Stages of each channel</h3><p class="note">Stages overlap, so their sum may exceed the elapsed time; map, kernel and write are averaged over the threads.</p>',
      stageChart(results.flatMap(barsOf)),
      ...onDevice.map(
        (result) =>
          `<h3>Device memory during the run</h3><p class="note">${escaped(result.key)}</p>${vramChart(result.vram, `Device memory during the run of ${result.key}`)}`,
      ),
      '</section>',
    ].join('\n');
  });
  const parts: Record<string, string> = {
    style: style(),
    version: escaped(saved.version),
    date: escaped(saved.made.slice(0, 10)),
    host: escaped(hostLine(saved.host)),
    ceilings: escaped(ceilingLine(saved.ceilings)),
    debug: debugLine(saved),
    summary: htmlTable(summaryTable(saved)),
    host_shares: hostSection(saved),
    scenarios: sections.join('\n'),
    stages: htmlTable(stageTable(saved)),
  };
  return filled(template, parts);
}

function hostSection({ host_shares }: Saved): string {
  const shares = hostTable(host_shares);
  if (shares.length === 0) return '';
  return `<section><h2>The host's share</h2><p class="note">${HOST_NOTE}</p>${htmlTable(shares)}</section>`;
}

function debugLine({ debug_variables: set, results }: Saved): string {
  const lines = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  const unsteady = results.filter((result) => result.unsteady.length > 0);
  const told = unsteady.map((result) => `counters of ${result.key} differ between runs: ${result.unsteady.join(', ')}`);
  return [...lines, ...told].map((line) => `<p class="warn">${escaped(line)}</p>`).join('');
}

/** The channels of the run nearest to the median. */
function barsOf({ key, runs }: Result): StageBar[] {
  const run = middle(runs, ({ seconds }) => seconds);
  const name = key.split('/').slice(1).join(' · ');
  return (run?.channels ?? []).map((channel) => ({ name, channel }));
}
