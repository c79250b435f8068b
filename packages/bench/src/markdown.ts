import { HOST_NOTE, hostTable } from './host-share.ts';
import type { Saved } from './record.ts';
import { ceilingLine, hostLine, stageTable, summaryTable } from './table.ts';

/** A Markdown table; the first row is the header, columns after the first are right-aligned. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '--:'))), ...body.map(line)].join('\n');
}

export function markdown(saved: Saved): string {
  const runs = saved.results[0]?.runs.length ?? 0;
  const shares = hostTable(saved.host_shares);
  const unsteady = saved.results.filter((result) => result.unsteady.length > 0);
  return `${[
    '# zemosaic bench',
    `zemosaic ${saved.version}, ${saved.made.slice(0, 10)}. ${hostLine(saved.host)}.`,
    `Ceilings: ${ceilingLine(saved.ceilings)}.`,
    ...(Object.keys(saved.debug_variables).length > 0
      ? [
          `Debug variables in force: ${Object.entries(saved.debug_variables)
            .map(([name, value]) => `${name}=${value}`)
            .join(', ')}.`,
        ]
      : []),
    '## Scenarios',
    markdownTable([
      ['name', 'tiles', 'Mpix', 'planes', 'what'],
      ...saved.scenarios.map(({ name, tiles, megapixels, planes, about }) => [
        name,
        String(tiles),
        megapixels.toFixed(2),
        String(planes),
        about,
      ]),
    ]),
    `## Whole runs\n\nMedian (fastest..slowest) of ${runs}, interleaved, reading and writing included, fsync excluded.`,
    markdownTable(summaryTable(saved)),
    ...(shares.length > 0 ? [`## The host's share\n\n${HOST_NOTE}`, markdownTable(shares)] : []),
    '## Stages of each channel\n\nMilliseconds in the run nearest to the median. Stages overlap; map, kernel and write are averaged over the threads.',
    markdownTable(stageTable(saved)),
    ...unsteady.map(
      ({ key, unsteady: names }) => `Counters that differed between runs of ${key}: ${names.join(', ')}.`,
    ),
  ].join('\n\n')}\n`;
}
