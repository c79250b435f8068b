import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MosaicOptions } from '../src/config/options.ts';
import type { ExitCode } from '../src/error.ts';
import type { RunEvent } from '../src/event.ts';
import { mosaic } from '../src/mosaic.ts';
import { type FakeEngine, fakeEngine } from './fake-engine.ts';
import { options } from './options.ts';

/** A run on a fake engine, in its own folder. */
export interface Trial {
  fake: FakeEngine;
  dir: string;
  events: RunEvent[];
  stop: ExitCode | null;
  environment: Record<string, string>;
  command: string;
  onBegun: () => void;
  run: (more?: Partial<MosaicOptions>) => Promise<ExitCode>;
}

export function trial(...names: string[]): Trial {
  const dir = mkdtempSync(join(tmpdir(), 'zemosaic-core-'));
  for (const name of names) writeFileSync(join(dir, name), 'tile');
  const made: Trial = {
    fake: fakeEngine(),
    dir,
    events: [],
    stop: null,
    environment: {},
    command: 'mosaic',
    onBegun: () => {},
    run: async () => 0,
  };
  made.run = async (more = {}) => {
    const request = { command: made.command, inputs: [dir], out: join(dir, 'm.fits'), options: options(more) };
    const { exit } = await mosaic(request, {
      engine: made.fake.engine,
      emit: (event) => made.events.push(event),
      version: '0.1.0',
      effective: {},
      origins: {},
      environment: made.environment,
      clock: () => 0,
      stop: () => made.stop,
      onBegun: () => made.onBegun(),
      onComplete: () => {},
    });
    return exit;
  };
  return made;
}

export function of<N extends RunEvent['event']>(events: RunEvent[], name: N): Extract<RunEvent, { event: N }>[] {
  return events.filter((event): event is Extract<RunEvent, { event: N }> => event.event === name);
}
