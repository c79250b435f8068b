import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { OutputChannel } from '../src/config/output-channel.ts';
import { distinct, intoChannels } from '../src/tiles/channels.ts';
import type { Tile } from '../src/tiles/tile.ts';
import { MB } from '../src/units.ts';
import { file, hdu } from './fake-facts.ts';
import { of, type Trial, trial } from './trial.ts';

const rgb = (...filters: string[]): OutputChannel[] => filters.map((filter, at) => ({ name: 'RGB'[at] ?? '', filter }));

function tile(path: string, filter?: string, planes = 1): Tile {
  const keywords = filter === undefined ? {} : { FILTER: filter };
  return { path, hdu: hdu({ keywords, planes }), spec: { path, hdu: 0, weight: 1, fluxScale: 1 }, weightKeyword: null };
}

const places = (tiles: readonly Tile[]) => tiles.map((one) => [one.path, one.spec.channel]);

describe('filters to channels', () => {
  test('letter case and surrounding blanks do not matter', () => {
    const { tiles, skipped } = intoChannels(
      [tile('a', 'HA '), tile('b', 'oiii'), tile('c', 'SII'), tile('d', 'Ha')],
      rgb('sii', 'Ha', 'OIII'),
    );
    expect(places(tiles)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 0],
      ['d', 1],
    ]);
    expect(skipped).toEqual([]);
  });

  test('one filter may serve two channels; the tile still counts once', () => {
    const { tiles } = intoChannels([tile('a', 'Ha'), tile('b', 'OIII')], rgb('Ha', 'OIII', 'OIII'));
    expect(places(tiles)).toEqual([
      ['a', 0],
      ['b', 1],
      ['b', 2],
    ]);
    expect(distinct(tiles).map((one) => one.path)).toEqual(['a', 'b']);
  });

  test('other filters, no filter and colour are skipped with the reason', () => {
    const good = ['R', 'G', 'B'].map((name) => tile(name, name));
    const { skipped } = intoChannels([...good, tile('x', 'L'), tile('y'), tile('z', 'R', 3)], rgb('R', 'G', 'B'));
    expect(skipped).toEqual([
      { path: 'x', code: 'other_filter', reason: 'FILTER L is not one of R, G, B' },
      { path: 'y', code: 'other_filter', reason: 'has no FILTER; needed: R, G, B' },
      { path: 'z', code: 'not_mono', reason: 'has 3 planes; --channels takes mono tiles' },
    ]);
  });

  test('a filter that no tile has is an error that names those found', () => {
    const tiles = [tile('a', 'Ha'), tile('b', 'ha'), tile('c', 'OIII'), tile('d')];
    expect(() => intoChannels(tiles, rgb('Ha', 'OIII', 'SII'))).toThrow(
      '--channels B=SII: no mono tile has that FILTER; found: Ha (2), OIII (1), none (1)',
    );
    expect(intoChannels([], rgb('Ha', 'OIII', 'SII'))).toEqual({ tiles: [], skipped: [] });
  });
});

/** Tiles named after their filters. */
function filtered(...filters: string[]): Trial {
  const made = trial(...filters.map((filter) => `${filter}.fits`));
  for (const filter of filters) {
    const path = join(made.dir, `${filter}.fits`);
    made.fake.script.facts.set(path, file(path, [hdu({ keywords: { FILTER: filter } })]));
  }
  return made;
}

describe('a run of channels', () => {
  test('on the CPU one pass each; different filters cause no warning', async () => {
    const { fake, events, run } = filtered('ha', 'lum', 'oiii');
    expect(await run({ channels: rgb('Ha', 'OIII', 'OIII'), chunkRows: 1000 })).toBe(0);
    expect(fake.asked.specs.map((spec) => spec.channel)).toEqual([0, 1, 2]);
    expect(fake.asked.chunks.map(({ channel, channels }) => [channel, channels])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(of(events, 'channel.done').map(({ channel, of: all }) => [channel, all])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(of(events, 'tile.skipped')).toMatchObject([{ code: 'other_filter' }]);
    expect(of(events, 'plan')).toMatchObject([{ channels: 3, tiles: 2 }]);
    expect(of(events, 'run.done')).toMatchObject([{ tiles_used: 2, tiles_skipped: 1 }]);
    expect(of(events, 'warning').filter(({ code }) => code.startsWith('mixed'))).toEqual([]);
  });

  test('a channel is planned only from its own tiles', async () => {
    const estimate = async (...filters: string[]) => {
      const { events, run } = filtered(...filters);
      await run({ channels: rgb('R', 'G', 'B'), chunkRows: 1000 });
      return of(events, 'channel.done').map((done) => done.estimated_bytes);
    };
    const [r = 0, g = 0, b = 0] = await estimate('r', 'g', 'b');
    expect([g, b]).toEqual([r, r]);
    const windows = 4 * 100 * 80;
    expect(r).toBe(windows + 128 * 200 * 9);
  });

  test('on a GPU each channel has its own tiles, and a lost device leaves the rest to the CPU', async () => {
    const made = filtered('r', 'g', 'b');
    made.fake.script.gpus = 1;
    made.fake.script.onProbe = () => ({ free: 6000 * MB, total: 8192 * MB });
    expect(await made.run({ backend: 'cuda', channels: rgb('R', 'G', 'B') })).toBe(0);
    expect(made.fake.asked.chunks.map(({ on, channel }) => [on.processor, channel])).toEqual([
      ['device', 0],
      ['device', 1],
      ['device', 2],
    ]);
    made.fake.asked.chunks.length = 0;
    made.fake.script.onChunk = ({ on }) => (on.processor === 'device' ? { kind: 'device_lost', message: 'gone' } : {});
    expect(await made.run({ backend: 'cuda', channels: rgb('R', 'G', 'B'), force: true })).toBe(0);
    const seen = made.fake.asked.chunks.map(({ on, channel }) => `${on.processor} ${channel}`);
    expect([...new Set(seen)]).toEqual(['device 0', 'cpu 0', 'cpu 1', 'cpu 2']);
  });

  test('a channel whose only tile is broken: exit 3 that names it', async () => {
    const { fake, dir, events, run } = filtered('ha', 'oiii');
    fake.script.broken.set(join(dir, 'oiii.fits'), 'truncated');
    await expect(run({ channels: rgb('Ha', 'OIII', 'OIII') })).rejects.toMatchObject({
      exit: 3,
      message: 'no tile of channel G (FILTER OIII) can be used',
    });
    expect(of(events, 'tile.skipped').map(({ code }) => code)).toEqual(['truncated']);
  });
});
