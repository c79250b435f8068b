import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decimal, integer, OPTIONS, optionsOf, pair, variableOf } from '@zemosaic/core';
import { RunReportSchema } from '@zemosaic/core/report-schema';
import fc from 'fast-check';
import { otherText } from '../../core/test/other-text.ts';
import { configSchema, readConfig } from '../src/args/config-file.ts';
import { nearest } from '../src/args/edit-distance.ts';
import { type Flags, parseOptions } from '../src/args/parse.ts';
import { cli } from './run-cli.ts';

const none: Flags = new Map();

function config(json: unknown, name = 'c.json'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'zemosaic-config-')), name);
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json));
  return path;
}

const parse = (flags: Flags, environment: Record<string, string>, path: string | null) =>
  parseOptions(flags, environment, path === null ? null : readConfig(path));

function failure(run: () => unknown): { exit: number; code: string; message: string } {
  try {
    run();
  } catch (error) {
    return error as { exit: number; code: string; message: string };
  }
  throw new Error('must throw');
}

const flag = (name: string, value: string | boolean) => parse(new Map([[name, value]]), {}, null);

describe('precedence', () => {
  test('a flag overrides a variable, which overrides the config file, which overrides the default', () => {
    const path = config({ threads: 2, kernel: 'nearest', 'map-error': 0.01 });
    const environment = { ZEMOSAIC_THREADS: '3', ZEMOSAIC_KERNEL: 'bilinear' };
    const { options, origins } = parse(new Map([['threads', '4']]), environment, path);
    expect(options).toMatchObject({ threads: 4, kernel: 'bilinear', mapError: 0.01, combine: 'mean' });
    expect(origins).toMatchObject({
      threads: 'flag',
      kernel: 'environment',
      'map-error': 'config',
      combine: 'default',
    });
  });

  test('the defaults in the manual', () => {
    const { options } = parse(none, {}, null);
    expect(options).toMatchObject({
      backend: 'auto',
      device: 0,
      chunkMb: 'auto',
      vramFraction: 0.45,
      safeMode: 'auto',
      rotation: 'north-up',
      kernel: 'bilinear',
      combine: 'mean',
      weights: 'auto',
      mapError: 0.0001,
    });
  });

  test('a fraction on the command line also holds in safe mode; a config file has two', () => {
    expect(flag('vram-fraction', '0.3').options).toMatchObject({ vramFraction: 0.3, vramSafeFraction: 0.3 });
    const path = config({ phase5_vram_frac_ac: 0.5, phase5_vram_frac_battery: 0.2 });
    expect(parse(none, {}, path).options).toMatchObject({ vramFraction: 0.5, vramSafeFraction: 0.2 });
  });

  test('a mistyped variable is reported', () => {
    const { warnings } = parse(none, { ZEMOSAIC_KERNAL: 'nearest', ZEMOSAIC_PRETEND_POWER: 'mains' }, null);
    expect(warnings).toEqual(['ZEMOSAIC_KERNAL is not an option; did you mean ZEMOSAIC_KERNEL?']);
  });
});

describe.each(OPTIONS.map((row) => [row.name, row] as const))('the row of %s', (name, row) => {
  const text = otherText(row) ?? String(row.default);
  const value = row.kind.parse(text);

  test('is a flag, a variable and a key of config files, and reports where its value is from', () => {
    const json = typeof row.default === 'boolean' || typeof value === 'number' ? value : text;
    for (const [origin, { effective, origins }] of [
      ['flag', flag(name, text)],
      ['environment', parse(none, { [variableOf(row)]: text }, null)],
      ['config', parse(none, {}, config({ [name]: json }))],
    ] as const) {
      expect(effective[name]).toEqual(value);
      expect(origins[name]).toBe(origin);
    }
    const { effective, origins } = parse(none, {}, null);
    expect([effective[name], origins[name]]).toEqual([row.default, 'default']);
  });

  test.each(['mosaic', 'reproject', 'plan'] as const)('is in the help of %s if the command has it', async (command) => {
    const lines = (await cli([command, '--help'])).out.split('\n');
    expect(lines.some((line) => line.trim().split(' ')[0] === `--${name}`)).toBe(optionsOf(command).includes(row));
  });
});

describe('values', () => {
  test.each([
    ['threads', '0'],
    ['threads', '-1'],
    ['threads', '1.5'],
    ['threads', ''],
    ['threads', 'NaN'],
    ['threads', '1e9'],
    ['threads', '0x10'],
    ['chunk-mb', '0'],
    ['chunk-mb', 'all'],
    ['chunk-rows', '0'],
    ['map-error', '0'],
    ['map-error', 'Infinity'],
    ['map-error', '1e999'],
    ['scale', '0'],
    ['scale', 'nan'],
    ['vram-fraction', '1.01'],
    ['center', '10'],
    ['center', '10,20,30'],
    ['center', '10,91'],
    ['center', '25:00:00,0'],
    ['center', '1:60:00,0'],
    ['center', '1:2:3:4,0'],
    ['center', ','],
    ['size', '10,0'],
    ['size', '10.5,10'],
    ['kernel', 'sharp'],
    ['backend', 'metal'],
    ['projection', 'XYZ'],
    ['weights', 'TOO-LONG-A-KEYWORD'],
    ['weights', ''],
    ['hdu', ' '],
    ['like', ''],
    ['channels', 'R=a,G=b'],
    ['channels', 'R=a,G=b,B='],
    ['channels', 'R=a,G=b,B=c,L=d'],
    ['channels', 'R=a,R=b,B=c'],
    ['channels', 'plain'],
    ['blank', 'black'],
    ['trim', '-1'],
  ])('--%s %p is refused in one line that says what is allowed', (name, value) => {
    const { exit, code, message } = failure(() => flag(name, value));
    expect({ exit, code }).toEqual({ exit: 2, code: 'bad_value' });
    expect(message).toContain(`--${name}`);
    expect(message).toMatch(/allowed:|is not one of|is not auto, none/);
    expect(message).not.toContain('\n');
  });

  test('--channels is a filter for each of R, G and B, in any order', () => {
    const { options } = flag('channels', 'b=Sulphur II, R=Ha,G=Ha');
    expect(options.channels).toEqual([
      { name: 'R', filter: 'Ha' },
      { name: 'G', filter: 'Ha' },
      { name: 'B', filter: 'Sulphur II' },
    ]);
    expect(flag('feather', '12.5').options.feather).toBe(12.5);
  });

  test('--center takes sexagesimal hours and degrees, with a sign in front', () => {
    const center = (text: string) => flag('center', text).options.center;
    expect(center('10:30,-0:30')).toEqual([157.5, -0.5]);
    expect(center('00:00:36.0,+41:16:12')).toEqual([0.15, 41.27]);
    expect(center('84.5,-5:24')).toEqual([84.5, -5.4]);
  });

  test.each([
    ['chunk-mb', '7'],
    ['vram-reserve-mb', '0'],
    ['safe-mode', 'ON'],
    ['projection', 'zea'],
    ['projection', 'HPX'],
    ['center', '-10.5,+20e0'],
    ['center', '00:42:44.3,+41:16:09'],
    ['match-background', 'none'],
    ['feather', '0'],
    ['blank', '-32768'],
    ['blank', 'NONE'],
    ['trim', '1.5'],
    ['resume', false],
    ['resume', true],
    ['grid', 'auto'],
  ])('--%s %s is fine', (name, value) => {
    expect(() => flag(name, value)).not.toThrow();
  });

  test('every default is an allowed value', () => {
    const given = OPTIONS.filter((row) => row.default !== null);
    expect(given.length).toBeGreaterThan(20);
    for (const row of given) expect(row.kind.parse(row.kind.show(row.default))).toEqual(row.default);
  });

  test('property: any text is a value in range or a RangeError, never NaN', () => {
    const whole = integer({ min: 1, max: 100 });
    const real = decimal({ min: -1, max: 1 });
    const both = pair(real, real, 'A,B');
    const within = (value: number, min: number, max: number) => value >= min && value <= max;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)), (text) => {
        for (const check of [
          () => within(whole.parse(text), 1, 100),
          () => within(real.parse(text), -1, 1),
          () => both.parse(text).every((value) => within(value, -1, 1)),
        ]) {
          try {
            expect(check()).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
    );
  });

  test('--like conflicts with a grid option from the same source, and overrides one from a weaker source', () => {
    const both = new Map([
      ['like', 'r.fits'],
      ['scale', '1'],
    ]);
    expect(failure(() => parse(both, {}, null)).code).toBe('conflict');
    expect(parse(new Map([['like', 'r.fits']]), {}, config({ scale: 1 })).options.like).toBe('r.fits');
  });
});

describe('config file', () => {
  test('an unknown key suggests the right one', () => {
    expect(failure(() => parse(none, {}, config({ chunkrows: 3 }))).message).toContain('did you mean chunk-rows?');
    expect(failure(() => parse(none, {}, config({ zzzzzzzzzzzz: 3 }))).message).toContain(
      'allowed are kernel, combine',
    );
  });

  test.each([
    [{ threads: '4' }, 'threads'],
    [{ threads: 1.5 }, 'threads'],
    [{ kernel: 7 }, 'kernel'],
    [{ split: 'yes' }, 'split'],
    [{ center: [1, 'x'] }, 'center'],
    [{ 'chunk-mb': null }, 'chunk-mb'],
  ])('%j has the wrong type; the error names its key', (json, key) => {
    const { exit, code, message } = failure(() => parse(none, {}, config(json)));
    expect({ exit, code }).toEqual({ exit: 2, code: 'config_value' });
    expect(message).toContain(`"${key}"`);
    expect(message).toContain('allowed:');
  });

  test('an error about a range names the key too', () => {
    expect(failure(() => parse(none, {}, config({ threads: 0 }))).message).toContain('key "threads" 0 is outside');
  });

  test.each([['{'], ['[]'], ['null'], ['3']])('%s is refused', (text) => {
    expect(failure(() => parse(none, {}, config(text)))).toMatchObject({ exit: 2, code: 'config_syntax' });
  });

  test('pairs may be arrays', () => {
    expect(parse(none, {}, config({ size: [30, 40] })).options.size).toEqual([30, 40]);
  });

  test('ZeMosaic: automatic chunks override the megabytes in the file', () => {
    const auto = config({ phase5_chunk_auto: true, phase5_chunk_mb: 300 });
    expect(parse(none, {}, auto).options.chunkMb).toBe('auto');
    const fixed = config({ phase5_chunk_auto: false, phase5_chunk_mb: 300, phase5_vram_hard_cap_mb: 900 });
    expect(parse(none, {}, fixed).options).toMatchObject({ chunkMb: 300, vramHardCapMb: 900 });
  });

  test('ZeMosaic: its GPU is any GPU, without a cost model', () => {
    expect(parse(none, {}, config({ use_gpu_phase5: true })).options.backend).toBe('gpu');
    expect(parse(none, {}, config({ use_gpu_phase5: false })).options.backend).toBe('cpu');
  });

  test('ZeMosaic: recognised by its name alone', () => {
    expect(parse(none, {}, config({ theme: 'dark' }, 'zemosaic_config.json')).infos[0]).toContain('1 ZeMosaic key has');
  });

  test('the shipped schemas are up to date; `bun run schema` writes them', () => {
    const shipped = (name: string) => JSON.parse(readFileSync(join(import.meta.dir, '../schema', name), 'utf8'));
    expect(shipped('config.schema.json')).toEqual(JSON.parse(JSON.stringify(configSchema())));
    expect(shipped('report.schema.json')).toEqual(JSON.parse(JSON.stringify(RunReportSchema)));
  });
});

describe('names', () => {
  test('a variable is the option in capitals', () => {
    expect(OPTIONS.map(variableOf)).toContain('ZEMOSAIC_NO_CPU_FALLBACK');
    expect(new Set(OPTIONS.map(variableOf)).size).toBe(OPTIONS.length);
  });

  test('the closest word, or none', () => {
    expect(nearest('kernal', ['kernel', 'combine'])).toBe('kernel');
    expect(nearest('xyz', ['kernel', 'combine'])).toBeNull();
  });
});
