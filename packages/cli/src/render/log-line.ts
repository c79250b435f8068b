import { printable, type RunEvent } from '@zemosaic/core';
import type { Failure } from '../exit-code.ts';
import type { RenderOptions, Streams } from './renderer.ts';
import { Repeats } from './repeats.ts';
import { type Style, style } from './style.ts';
import { counted } from './words.ts';

interface LogLine {
  level: 'DEBUG' | 'INFO' | 'WARN';
  text: string;
}

/** The log line of an event that `Repeats` does not handle; null for events that are shown in another way. */
function logLine(event: RunEvent): LogLine | null {
  switch (event.event) {
    case 'info':
      return { level: 'INFO', text: event.message };
    case 'debug':
      return { level: 'DEBUG', text: event.message };
    case 'warning':
      return { level: 'WARN', text: event.message };
    case 'background.done':
      return { level: 'INFO', text: backgroundLine(event) };
    case 'channel.done':
      return { level: 'INFO', text: channelLine(event) };
    default:
      return null;
  }
}

/** What was matched, and how much tiles differed before and after; figures are those of the worst channel. */
function backgroundLine({ model, gain, channels, ms }: Extract<RunEvent, { event: 'background.done' }>): string {
  const most = (value: (channel: (typeof channels)[number]) => number) => Math.max(0, ...channels.map(value));
  const rms = (value: number) => value.toPrecision(4);
  return [
    `background model=${model}${gain ? ' gain' : ''}`,
    `pairs=${most(({ pairs }) => pairs)}`,
    `rms_before=${rms(most(({ rms_before }) => rms_before))}`,
    `rms_after=${rms(most(({ rms_after }) => rms_after))}`,
    `ms=${Math.round(ms)}`,
  ].join(' ');
}

/** The result of a channel; after the budget, what a device left to the CPU, and why. */
function channelLine(done: Extract<RunEvent, { event: 'channel.done' }>): string {
  const last = done.channel + done.channels - 1;
  const which = last > done.channel ? `${done.channel}-${last}` : `${done.channel}`;
  const fields = [
    `channel=${which}/${done.of}`,
    `backend=${done.backend}`,
    `ms=${Math.round(done.seconds * 1000)}`,
    `chunks=${done.chunks}`,
    `rows_per_chunk=${done.rows_per_chunk}`,
    `retries=${done.retries}`,
    `budget_mb=${done.budget_mb === null ? 'n/a' : done.budget_mb.toFixed(1)}`,
  ];
  if (done.fallback !== null) fields.push(`cpu_chunks=${done.cpu_chunks}`, `fallback=${done.fallback.reason}`);
  return fields.join(' ');
}

/** Events that end a part of the run: repeated warnings are counted here. */
const ENDS: ReadonlySet<RunEvent['event']> = new Set(['plan', 'run.done']);

/** Writes log lines and the final error to stderr, in the same way for people and for JSON. */
export class Log {
  readonly paint: Style;
  private readonly repeats = new Repeats();

  constructor(
    private readonly streams: Streams,
    private readonly options: RenderOptions,
  ) {
    this.paint = style(options.colour);
  }

  /** Writes the log line of an event, if it has one; false if the event must be shown in another way. */
  event(event: RunEvent): boolean {
    if (ENDS.has(event.event)) this.rest();
    const first = this.repeats.take(event);
    if (first === null) return true;
    const line: LogLine | null = first === undefined ? logLine(event) : { level: 'WARN', text: first };
    if (line !== null) this.line(line);
    return line !== null;
  }

  /** Writes one line for each kind of problem that came more than once. */
  rest(): void {
    for (const text of this.repeats.rest()) this.line({ level: 'WARN', text });
  }

  private line({ level, text }: LogLine): void {
    if (level === 'INFO' && this.options.quiet) return;
    if (level === 'DEBUG' && !this.options.debug) return;
    const mark = level === 'WARN' ? this.paint.warn(level) : this.paint.dim(level);
    this.streams.err(`${mark}  ${printable(text)}\n`);
  }

  /** At the end of a run: how many warnings of each kind there were. */
  counts(warnings: Record<string, number>): void {
    const kinds = Object.entries(warnings);
    if (kinds.length === 0) return;
    const total = kinds.reduce((sum, [, count]) => sum + count, 0);
    const each = kinds.map(([code, count]) => `${code} ${count}`).join(', ');
    this.line({ level: 'INFO', text: `${counted(total, 'warning')} above: ${each}` });
  }

  fail(failure: Failure): void {
    this.rest();
    this.streams.err(`${this.paint.error('error')}  ${printable(failure.message)}\n`);
    if (this.options.debug && failure.stack !== null) {
      for (const line of failure.stack.split('\n')) this.streams.err(`${printable(line)}\n`);
    }
  }
}
