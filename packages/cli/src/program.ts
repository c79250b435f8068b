import { type Command as CommandName, GROUPS, type OptionRow, optionsOf } from '@zemosaic/core';
import { Command, CommanderError, Option } from 'commander';
import { BENCH_OPTIONS } from './args/bench-options.ts';
import { runBench } from './command/bench.ts';
import { runDemo } from './command/demo.ts';
import { runDoctor } from './command/doctor.ts';
import { runInspect } from './command/inspect.ts';
import { runMosaic } from './command/mosaic.ts';
import { runPlan } from './command/plan.ts';
import { runReproject } from './command/reproject.ts';
import type { CommandRun } from './context.ts';

const HELP_WIDTH = 100;

/** The command line taken apart, not yet checked. */
export interface Words {
  run: CommandRun;
  inputs: string[];
  flags: Map<string, string | boolean>;
  config: string | null;
  output: string | null;
  seed: string;
  force: boolean;
  json: boolean;
  quiet: boolean;
  noColor: boolean;
  debug: boolean;
}

interface Shape {
  name: string;
  summary: string;
  example: string;
  run: CommandRun;
  inputs?: string;
  inputsHelp?: string;
  options?: readonly OptionRow[];
  /** False for a command that takes no config file although it has options. */
  config?: false;
  output?: string;
  seed?: boolean;
}

const INPUTS = 'files, folders, globs, @list.txt, or @- for names on standard input';

const COMMANDS: readonly Shape[] = [
  table(
    'mosaic',
    'combine plate-solved FITS images into one mosaic',
    'mosaic tiles/*.fits -o m.fits --preview',
    runMosaic,
  ),
  table(
    'reproject',
    "put one image onto another's grid",
    'reproject a.fits --like b.fits -o a-on-b.fits',
    runReproject,
  ),
  table('plan', 'show what mosaic would do, without doing it', 'plan tiles/', runPlan),
  {
    name: 'inspect',
    summary: 'list what the inputs contain',
    example: 'inspect tiles/',
    run: runInspect,
    inputs: '<input...>',
  },
  { name: 'doctor', summary: 'show what this machine has', example: 'doctor', run: runDoctor },
  {
    name: 'demo',
    summary: 'simulate a small sky and make its mosaic',
    example: 'demo -o sky',
    run: runDemo,
    output: '<folder>',
    seed: true,
  },
  {
    name: 'bench',
    summary: 'measure this machine: sweeps, comparisons, other programs',
    example: 'bench --scenario small,colour --chunk-rows 64,256 --runs 5',
    run: runBench,
    inputs: '[words...]',
    inputsHelp: 'none: a sweep; compare A B: two saved benches; peers: other programs',
    options: BENCH_OPTIONS,
    config: false,
  },
];

function table(name: CommandName, summary: string, example: string, run: CommandRun): Shape {
  return { name, summary, example, run, inputs: '<input...>', options: optionsOf(name), output: '<OUT.fits>' };
}

/**
 * Takes the command line apart.
 * @throws CommanderError for help, version and usage errors.
 */
export function takeApart(argv: readonly string[], version: string, print: (text: string) => void): Words {
  let words: Words | null = null;
  const program = base(new Command('zemosaic'), print)
    .description('Plate-solved FITS tiles in, one mosaic out.')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  zemosaic mosaic tiles/*.fits -o m.fits');
  const named = COMMANDS.find(({ name }) => argv.includes(name));
  for (const shape of COMMANDS) {
    const command = base(program.command(shape.name), print).summary(shape.summary).description(shape.summary);
    // Lists of commands show no options; those of all commands would take milliseconds.
    if (named !== undefined && !argv.includes(shape.name)) continue;
    if (shape.inputs !== undefined) command.argument(shape.inputs, shape.inputsHelp ?? INPUTS);
    if (shape.output !== undefined) command.option(`-o, --output ${shape.output}`, 'where the result goes');
    if (shape.seed) {
      command.option('--seed <N>', 'each number gives another sky', '1');
      command.option('--force', 'replace what is in the folder');
    }
    if (named !== undefined) addOptions(command, shape.options ?? []);
    command
      .optionsGroup('General:')
      .option('--json', 'NDJSON events on stdout')
      .option('--quiet', 'no INFO, no progress; warnings stay')
      .option('--no-color', 'no colours')
      .option('--debug', 'stack traces')
      .version(version, '--version', 'print the version')
      .addHelpText('after', `\nExample:\n  zemosaic ${shape.example}`)
      .action((...args: unknown[]) => {
        words = collect(shape, command, Array.isArray(args[0]) ? (args[0] as string[]) : []);
      });
    if (shape.options !== undefined && shape.config !== false)
      command.option('--config <FILE>', 'JSON file of options (ZEMOSAIC_CONFIG)');
  }
  program.parse([...argv], { from: 'user' });
  if (words === null) throw new CommanderError(2, 'zemosaic.no_command', 'name a command');
  return words;
}

function base(command: Command, print: (text: string) => void): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      ...{ writeOut: print, writeErr: () => {}, outputError: () => {} },
      // Else stdout and stderr are made into streams, which takes milliseconds, to learn what makes no difference.
      ...{ getOutHasColors: () => false, getErrHasColors: () => false },
      ...{ getOutHelpWidth: () => HELP_WIDTH, getErrHelpWidth: () => HELP_WIDTH },
    })
    .configureHelp({ helpWidth: HELP_WIDTH });
}

function addOptions(command: Command, all: readonly OptionRow[]): void {
  for (const group of GROUPS) {
    const rows = all.filter((row) => row.group === group);
    if (rows.length > 0) command.optionsGroup(`${group}:`);
    for (const row of rows) {
      const flag = row.value === undefined ? `--${row.name}` : `--${row.name} <${row.value}>`;
      const added = new Option(flag, helpOf(row));
      if (row.repeats)
        added.argParser((value, before?: string) => (before === undefined ? value : `${before}\n${value}`));
      command.addOption(added);
      if (row.negatable) command.addOption(new Option(`--no-${row.name}`, 'turn it off'));
    }
  }
}

function helpOf(row: OptionRow): string {
  const fallback = row.value === undefined || row.default === null ? '' : ` (default ${row.kind.show(row.default)})`;
  return `${row.help}${fallback}`;
}

function collect(shape: Shape, command: Command, inputs: string[]): Words {
  const given = command.opts() as Record<string, unknown>;
  const flags = new Map<string, string | boolean>();
  for (const row of shape.options ?? []) {
    const negated = row.name.startsWith('no-');
    const key = camel(negated ? row.name.slice(3) : row.name);
    if (command.getOptionValueSource(key) !== 'cli') continue;
    const value = given[key];
    flags.set(row.name, negated ? value === false : (value as string | boolean));
  }
  const text = (key: string) => (typeof given[key] === 'string' ? given[key] : null);
  return {
    run: shape.run,
    inputs,
    flags,
    config: text('config'),
    output: text('output'),
    seed: text('seed') ?? '1',
    force: given.force === true,
    json: given.json === true,
    quiet: given.quiet === true,
    noColor: given.color === false,
    debug: given.debug === true,
  };
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
