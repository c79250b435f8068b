import { printableJson } from '@zemosaic/core';
import { Log } from './log-line.ts';
import type { Renderer, RenderOptions, Streams } from './renderer.ts';

/** Only NDJSON on stdout; INFO and WARN lines still go to stderr. */
export function jsonRenderer(streams: Streams, options: RenderOptions): Renderer {
  const log = new Log(streams, options);
  const say = (event: string, fields: object) => {
    const line = JSON.stringify({ schema: 1, event, t: Number(options.elapsed().toFixed(6)), ...fields });
    streams.out(`${printableJson(line)}\n`);
  };
  return {
    event(event) {
      const { event: name, ...fields } = event;
      say(name, fields);
      log.event(event);
      if (event.event === 'run.done') log.counts(event.warnings);
    },
    result(name, fields) {
      log.rest();
      say(name, fields);
    },
    fail(failure) {
      say('run.failed', { code: failure.code, message: failure.message });
      log.fail(failure);
    },
  };
}
