import { printable } from '../printable.ts';

/** Text escaped for use between tags and in attributes. */
export function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

type Attributes = Record<string, string | number>;

export function tag(name: string, attributes: Attributes, inside = ''): string {
  const said = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(typeof value === 'number' ? short(value) : value)}"`,
  );
  return `<${name}${said.join('')}>${inside}</${name}>`;
}

export function label(x: number, y: number, text: string, kind: string, anchor = 'middle'): string {
  return tag('text', { x, y, class: kind, 'text-anchor': anchor }, escaped(text));
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Round steps from 0 to at least `most`: 1, 2 or 5 times a power of ten. */
export function ticks(most: number, wanted = 4): number[] {
  const rough = Math.max(most, 1e-9) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough) ?? 10 * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: Math.max(1, count) + 1 }, (_, at) => at * step);
}

/** A number for an axis, without trailing zeros. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export const WIDTH = 720;
export const LEFT = 58;
export const RIGHT = 16;

/** Lines across the plot with their values and unit. */
export function scaleLines(values: readonly number[], y: (value: number) => number, unit: string): string {
  return values
    .map((value, at) => {
      const text = at === values.length - 1 ? `${figure(value)} ${unit}` : figure(value);
      const line = tag('line', {
        x1: LEFT,
        x2: WIDTH - RIGHT,
        y1: y(value),
        y2: y(value),
        class: at === 0 ? 'base' : 'grid',
      });
      return line + label(LEFT - 8, y(value) + 4, text, 'axis', 'end');
    })
    .join('');
}

export function drawing(height: number, about: string, inside: string): string {
  return tag('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': about }, inside);
}
