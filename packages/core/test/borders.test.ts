import { expect, test } from 'bun:test';
import { of, trial } from './trial.ts';

const border = (tile: number, ...value: number[]) => ({ tile, value, pixels: 100 });

test('borders that are no data are told in one line, and in HISTORY', async () => {
  const { fake, events, run } = trial('a.fits', 'b.fits', 'c.fits');
  fake.script.borders = [border(0, 0), border(1, Math.fround(0.1), 2, 2), border(2, -0, 0)];
  await run({ feather: 5 });
  const message =
    '3 tiles have borders of one value (0 in a.fits and 1 more; 0.1,2 in b.fits), which is no data; --blank none keeps it';
  expect(of(events, 'info').filter(({ code }) => code === 'blank_borders')).toMatchObject([{ message }]);
  const history = fake.asked.output?.cards.filter(({ key }) => key === 'HISTORY').map(({ value }) => String(value));
  expect(history?.slice(-3).map((line) => line.replace(/ offset=.*/, ''))).toEqual([
    'tile a.fits blank=0',
    'tile b.fits blank=0.1,2',
    'tile c.fits blank=0',
  ]);
});

test('they are looked for where they matter only, and before tiles are compared', async () => {
  for (const [options, wanted] of [
    [{}, true],
    [{ blank: 'none' }, false],
    [{ blank: 0 }, false],
    [{ blank: 'none', trim: 1 }, true],
    [{ blank: 0, feather: 2 }, true],
  ] as const) {
    const made = trial('a.fits', 'b.fits');
    const { fake, run } = made;
    const order: string[] = [];
    // Until then a signal need not wait for anything.
    made.onBegun = () => order.push('begun');
    const open = fake.engine.openDevice;
    fake.engine.openDevice = async (...args) => {
      const device = await open(...args);
      return {
        ...device,
        findBorders: (ramBytes, mostBytes) => {
          order.push('borders');
          return device.findBorders(ramBytes, mostBytes);
        },
        matchBackground: (asked) => {
          order.push('match');
          return device.matchBackground(asked);
        },
      };
    };
    await run(options);
    expect(order).toEqual(wanted ? ['borders', 'match', 'begun'] : ['match', 'begun']);
  }
});

test('borders that take much of the memory are told', async () => {
  const { fake, events, run } = trial('a.fits');
  const open = fake.engine.openDevice;
  fake.engine.openDevice = async (...args) => ({
    ...(await open(...args)),
    findBorders: async () => ({ found: [], damaged: [], bytes: 30e6, bytesRead: 0, ms: 1 }),
  });
  await run({ ramMb: 112 });
  const warned = of(events, 'warning').filter(({ code }) => code === 'over_memory');
  expect(warned).toMatchObject([{ message: expect.stringContaining('raise --ram-mb') }]);
});
