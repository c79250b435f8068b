import { AppError, type Engine, Exit, integer, printable, printableJson, type RunEvent } from '@zemosaic/core';
import { CommanderError } from 'commander';
import manifest from '../package.json';
import type { Context } from './context.ts';
import { failureOf } from './exit-code.ts';
import { takeApart, type Words } from './program.ts';
import { humanRenderer } from './render/human.ts';
import { jsonRenderer } from './render/json.ts';
import type { Renderer, RenderOptions, Streams } from './render/renderer.ts';
import { wantsColour } from './render/style.ts';
import { type LastWords, listenForSignals, type Signals } from './signals.ts';

export interface World {
  engine: Engine;
  environment: Record<string, string | undefined>;
  streams: Streams;
  /** Whether stderr is a terminal. */
  terminal: boolean;
  /** Why something written to stdout is lost; null if nothing is. */
  lost: () => string | null;
}

/** Runs the command line and returns the exit code. */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let words: Words;
  try {
    words = takeApart(argv, manifest.version, world.streams.out);
  } catch (error) {
    return usage(error, argv, world, elapsed);
  }
  const renderer = makeRenderer(words, world, elapsed);
  let signals: Signals | null = null;
  try {
    const heard = listenForSignals(world.engine, lastWords(renderer, elapsed, words.json));
    signals = heard;
    const context: Context = {
      inputs: words.inputs,
      flags: words.flags,
      config: words.config ?? (world.environment.ZEMOSAIC_CONFIG || null),
      configBy: words.config === null ? 'ZEMOSAIC_CONFIG' : '--config',
      output: words.output,
      seed: seedOf(words.seed),
      force: words.force,
      version: manifest.version,
      engine: world.engine,
      environment: world.environment,
      emit: (event: RunEvent) => renderer.event(event),
      renderer,
      clock: () => performance.now(),
      stop: heard.stop,
      onBegun: heard.begun,
      onComplete: heard.complete,
    };
    const exit = await words.run(context);
    return exit === Exit.done ? unlessLost(world.lost(), words, renderer) : exit;
  } catch (error) {
    const failure = failureOf(error);
    renderer.fail(failure);
    return failure.exit;
  } finally {
    signals?.close();
  }
}

function lastWords(renderer: Renderer, elapsed: () => number, json: boolean): LastWords {
  return {
    asked: (message) => renderer.event({ event: 'warning', code: 'signal', message }),
    ended: (exit, message) => renderer.fail({ exit, code: 'stopped', message, stack: null }),
    unheard: (message) => {
      const failed = JSON.stringify({ schema: 1, event: 'run.failed', t: 0, code: 'stopped', message });
      const err = `error  ${printable(message)}\n`;
      return { out: json ? `${printableJson(failed).replace('"t":0', '"t":%t')}\n` : '', err };
    },
    seconds: elapsed,
  };
}

/** What nobody could hear is an extra where files were made, else it was all there was to do. */
function unlessLost(lost: string | null, { output }: Words, renderer: Renderer): number {
  if (lost === null) return Exit.done;
  const why = `standard output could not be written: ${lost}`;
  if (output === null) {
    renderer.fail({ exit: Exit.disk, code: 'stdout_lost', message: why, stack: null });
    return Exit.disk;
  }
  renderer.event({ event: 'warning', code: 'extra_failed', message: `the run is complete, but ${why}` });
  return Exit.extra;
}

/** Help and version are not failures; everything else the parser throws is one line and exit 2. */
function usage(error: unknown, argv: readonly string[], world: World, elapsed: () => number): number {
  if (error instanceof CommanderError && ['commander.helpDisplayed', 'commander.version'].includes(error.code)) {
    return Exit.done;
  }
  const text = error instanceof Error ? error.message : String(error);
  const bare = text === '(outputHelp)' || text === 'name a command';
  const message = bare
    ? 'name a command: zemosaic mosaic tiles/*.fits -o m.fits; zemosaic --help lists all'
    : tidy(text);
  const words = {
    json: argv.includes('--json'),
    quiet: false,
    debug: argv.includes('--debug'),
    noColor: argv.includes('--no-color'),
  };
  const known = error instanceof CommanderError;
  const failure = failureOf(known ? new AppError(Exit.usage, 'usage', message, { cause: error }) : error);
  makeRenderer(words, world, elapsed).fail(failure);
  return failure.exit;
}

function tidy(text: string): string {
  const plain = text
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\(Did you mean (one of )?(.+?)\?\)/, '- did you mean $2?');
  return plain.includes('did you mean') ? plain : `${plain}; see --help`;
}

function makeRenderer(
  words: Pick<Words, 'json' | 'quiet' | 'debug' | 'noColor'>,
  world: World,
  elapsed: () => number,
): Renderer {
  const { terminal, environment, streams } = world;
  const options: RenderOptions = {
    quiet: words.quiet,
    debug: words.debug,
    colour: wantsColour(environment, terminal, words.noColor),
    terminal: terminal && environment.TERM !== 'dumb',
    elapsed,
  };
  return words.json ? jsonRenderer(streams, options) : humanRenderer(streams, options);
}

function seedOf(text: string): number {
  const kind = integer({ min: 0, max: 4_294_967_295 });
  try {
    return kind.parse(text);
  } catch (error) {
    const reason = error instanceof RangeError ? error.message : 'is not a number';
    throw new AppError(Exit.usage, 'bad_value', `--seed ${text} ${reason}; allowed: ${kind.allowed}`);
  }
}
