import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@zemosaic/core';
import { loadScenario, megapixels, type Scenario, scenarioNames, skyOf, tileCount } from '../src/scenario.ts';
import { hashOf, tilesOf } from '../src/tiles.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'zemosaic-scenario-'));

describe('scenarios', () => {
  test('every committed one is valid and has the name of its file', () => {
    const names = [
      'alpha',
      'colour',
      'compressed',
      'compressed-gzip',
      'deep',
      'grid9',
      'host',
      'host-small',
      'huge',
      'sip',
      'slow',
      'small',
      'survey',
      'tight-vram',
      'tpv',
    ];
    expect(scenarioNames()).toEqual([...names, 'turned30', 'turned45', 'turned90', 'wide']);
    for (const name of scenarioNames()) expect(loadScenario(name).name).toBe(name);
  });

  test('they are what their names say', () => {
    expect(tileCount(loadScenario('wide'))).toBe(60);
    expect(tileCount(loadScenario('deep'))).toBe(40);
    expect(megapixels(loadScenario('grid9'))).toBe(36);
    expect(tileCount(loadScenario('survey'))).toBe(5000);
    const turns = ['turned30', 'turned45', 'turned90', 'grid9'].map((name) => skyOf(loadScenario(name)).angleDeg);
    expect(turns).toEqual([30, 45, 90, 0]);
    expect(scenarioNames().filter((name) => loadScenario(name).disk_mb_per_s !== undefined)).toEqual(['slow']);
    expect(scenarioNames().filter((name) => loadScenario(name).driver !== undefined)).toEqual(['host', 'host-small']);
    expect([tileCount(loadScenario('host')), megapixels(loadScenario('host'))]).toEqual([12, 72]);
    const { columns, width, overlap } = loadScenario('huge').layout;
    expect((columns - 1) * width * (1 - overlap) + width).toBe(40_000);
  });

  test('hashes depend on the pixels, not on descriptions', () => {
    const one = loadScenario('small');
    expect(hashOf({ ...one, about: 'else', name: 'else' })).toBe(hashOf(one));
    expect(hashOf({ ...one, seed: 2 })).not.toBe(hashOf(one));
    expect(hashOf({ ...one, layout: { ...one.layout, noise: 6 } })).not.toBe(hashOf(one));
    expect(new Set(scenarioNames().map((name) => hashOf(loadScenario(name)))).size).toBe(scenarioNames().length);
  });

  test.each([
    ['{', 'cannot be read'],
    ['{}', 'is not a scenario'],
    [JSON.stringify({ ...loadScenario('small'), seed: -1 }), 'seed'],
    [JSON.stringify({ ...loadScenario('small'), name: '../up' }), 'name'],
    [JSON.stringify({ ...loadScenario('small'), disk_mb_per_s: 0 }), 'disk_mb_per_s'],
    [JSON.stringify({ ...loadScenario('small'), driver: 'fast' }), 'driver'],
    [JSON.stringify({ ...loadScenario('small'), extra: 1 }), 'is not a scenario'],
    [JSON.stringify({ ...loadScenario('small'), environment: { LD_PRELOAD: 'x' } }), 'is not a scenario'],
  ])('a file that is not a scenario: %#', (text, words) => {
    const path = join(folder(), 'own.json');
    writeFileSync(path, text);
    expect(() => loadScenario(path)).toThrow(words);
  });
});

describe('tiles', () => {
  const scenario: Scenario = { ...loadScenario('small'), name: 'mine' };

  function engine(): { engine: Engine; made: number[] } {
    const made: number[] = [];
    const simulate: Engine['simulate'] = async (dir, sky, seed) => {
      expect(sky).toEqual(skyOf(scenario));
      made.push(seed);
      const path = join(dir, 'tile-0001.fits');
      writeFileSync(path, 'pixels');
      return [path];
    };
    return { engine: { simulate } as unknown as Engine, made };
  }

  test('made once, then reused; made again when a file is damaged', async () => {
    const cache = folder();
    const fake = engine();
    const first = await tilesOf(fake.engine, scenario, cache);
    const second = await tilesOf(fake.engine, scenario, cache);
    expect([first.made, second.made, fake.made.length]).toEqual([true, false, 1]);
    expect(second.paths).toEqual(first.paths);
    truncateSync(first.paths[0] ?? '', 2);
    expect((await tilesOf(fake.engine, scenario, cache)).made).toBe(true);
    expect(readdirSync(cache)).toEqual([`mine-${hashOf(scenario)}`]);
    rmSync(cache, { recursive: true });
  });

  test('a failure leaves nothing and is exit 5', async () => {
    const cache = folder();
    const broken = { simulate: () => Promise.reject(Object.assign(new Error('full'), { code: 'io' })) };
    const failed = tilesOf(broken as unknown as Engine, scenario, cache);
    await expect(failed).rejects.toMatchObject({ exit: 5, message: 'full' });

    expect(readdirSync(cache)).toEqual([]);
  });
});
