import type { RunEvent } from '@zemosaic/core';
import type { Failure } from '../exit-code.ts';
import type { RenderOptions, Streams } from './renderer.ts';
import { type Style, style } from './style.ts';

export interface LogLine {
  level: 'DEBUG' | 'INFO' | 'WARN';
  text: string;
}

/** The INFO or WARN line of an event; null for events that are shown otherwise. */
export function logLine(event: RunEvent): LogLine | null {
  switch (event.event) {
    case 'info':
      return { level: 'INFO', text: event.message };
    case 'debug':
      return { level: 'DEBUG', text: event.message };
    case 'warning':
      return { level: 'WARN', text: event.message };
    case 'tile.skipped':
      return { level: 'WARN', text: `skipped ${event.path}: ${event.reason}` };
    case 'channel.done': {
      const last = event.channel + event.channels - 1;
      const which = last > event.channel ? `${event.channel}-${last}` : `${event.channel}`;
      const budget = event.budget_mb === null ? 'n/a' : event.budget_mb.toFixed(1);
      return {
        level: 'INFO',
        text: `channel=${which}/${event.of} backend=${event.backend} ms=${Math.round(event.seconds * 1000)} chunks=${event.chunks} rows_per_chunk=${event.rows_per_chunk} retries=${event.retries} budget_mb=${budget}`,
      };
    }
    default:
      return null;
  }
}

/** Writes INFO and WARN lines and the closing error to stderr, the same for people and for JSON. */
export class Log {
  readonly paint: Style;

  constructor(
    private readonly streams: Streams,
    private readonly options: RenderOptions,
  ) {
    this.paint = style(options.colour);
  }

  line({ level, text }: LogLine): void {
    if (level === 'INFO' && this.options.quiet) return;
    if (level === 'DEBUG' && !this.options.debug) return;
    const mark = level === 'WARN' ? this.paint.warn(level) : this.paint.dim(level);
    this.streams.err(`${mark}  ${text}\n`);
  }

  fail(failure: Failure): void {
    this.streams.err(`${this.paint.error('error')}  ${failure.message}\n`);
    if (this.options.debug && failure.stack !== null) this.streams.err(`${failure.stack}\n`);
  }
}
