import { drawing, LEFT, label, RIGHT, scaleLines, tag, WIDTH } from './svg.ts';

const TOP = 26;
const HEIGHT = 220;
const FLOOR = HEIGHT - 30;

/** Device memory in MB at one step of a run; null where it is unknown. */
export interface Vram {
  channel: number;
  /** Within the channel; null for all of its chunks together. */
  chunk: number | null;
  free: number | null;
  budget: number | null;
  cap: number | null;
  used: number;
}

/** Free memory, budget and cap over the steps of the run, and what each step used as a bar. */
export function vramChart(vram: readonly Vram[], about: string): string {
  const known = vram.flatMap(({ free, budget, cap, used }) => [free, budget, cap, used].filter((mb) => mb !== null));
  // Free memory is often far above the rest; a logarithmic scale shows all of them.
  const low = Math.max(0.1, 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(...known.filter((mb) => mb > 0))))));
  const high = Math.max(...known, low * 10);
  const decades = Math.max(1, Math.ceil(Math.log10(high / low) - 1e-9));
  const y = (mb: number) => FLOOR - (Math.log10(Math.max(mb, low) / low) / decades) * (FLOOR - TOP);
  const values = Array.from({ length: decades + 1 }, (_, at) => low * 10 ** at);
  const step = (WIDTH - LEFT - RIGHT) / vram.length;
  const x = (at: number) => LEFT + at * step;
  const used = vram.map((one, at) => {
    const chunk = one.chunk === null ? '' : `, chunk ${one.chunk}`;
    const used = `channel ${one.channel}${chunk}: ${one.used.toFixed(1)} MB`;
    const box = {
      x: x(at) + Math.min(2, 0.1 * step),
      y: y(one.used),
      width: Math.max(0.5, step - Math.min(4, 0.2 * step)),
    };
    return tag('rect', { ...box, height: FLOOR - y(one.used), class: 'used' }, tag('title', {}, used));
  });
  const lines = (['free', 'budget', 'cap'] as const).map((name) =>
    tag('path', { d: steps(vram, name, x, y), class: `line ${name}` }),
  );
  const starts = vram.flatMap((one, at) =>
    one.channel === vram[at - 1]?.channel ? [] : [{ at, channel: one.channel }],
  );
  const channels = starts.map(({ at, channel }, n) => {
    const end = starts[n + 1]?.at ?? vram.length;
    const mark = at === 0 ? '' : tag('line', { x1: x(at), x2: x(at), y1: TOP, y2: FLOOR, class: 'grid' });
    return mark + label((x(at) + x(end)) / 2, FLOOR + 20, `channel ${channel}`, 'axis');
  });
  const plot = drawing(HEIGHT, about, scaleLines(values, y, 'MB') + used.join('') + channels.join('') + lines.join(''));
  const legend = ['free', 'budget', 'cap', 'used']
    .map((name) => `<li class="${name}"><i></i><span>${name}</span></li>`)
    .join('');
  return `${plot}<ul class="legend">${legend}</ul>`;
}

function steps(
  vram: readonly Vram[],
  name: 'free' | 'budget' | 'cap',
  x: (at: number) => number,
  y: (mb: number) => number,
): string {
  let path = '';
  let drawing = false;
  for (const [at, one] of vram.entries()) {
    const mb = one[name];
    if (mb === null) {
      drawing = false;
      continue;
    }
    path += `${drawing ? 'L' : 'M'}${x(at).toFixed(1)} ${y(mb).toFixed(1)}L${x(at + 1).toFixed(1)} ${y(mb).toFixed(1)}`;
    drawing = true;
  }
  return path;
}
