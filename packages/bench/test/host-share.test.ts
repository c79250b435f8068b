import { describe, expect, test } from 'bun:test';
import { hostShares, hostTable } from '../src/host-share.ts';
import { markdown } from '../src/markdown.ts';
import { needsNullDriver, noNullDriver } from '../src/null-driver.ts';
import { page } from '../src/page/page.ts';
import { loadScenario } from '../src/scenario.ts';
import { result, run, saved } from './saved.ts';

const onCpu = result([run(1.99), run(1.5), run(3)]);
const onNull = result([run(0.99), run(0.4), run(2)], { backend: 'cuda' });

describe('the share of the host', () => {
  test('is the median of a GPU that costs nothing over that of the CPU, of the same kernel and rule', () => {
    const others = [
      result([run(9)], { kernel: 'nearest' }),
      result([run(9)], { backend: 'cuda', combine: 'median' }),
      result([run(9)], { backend: 'wgpu' }),
    ];
    const shares = hostShares([onCpu, ...others, onNull]);
    expect(shares).toEqual([{ key: onNull.key, cpu_seconds: 2, host_seconds: 1, ratio: 0.5 }]);
    expect(hostTable(shares)[1]).toEqual([onNull.key, '2.00', '1.00', '0.50']);
    expect(hostTable([])).toEqual([]);
  });

  test('stands on the page and in Markdown, only where it was measured', () => {
    const plain = saved(onCpu, onNull);
    const bench = { ...plain, host_shares: hostShares(plain.results) };
    for (const text of [page(bench), markdown(bench)]) {
      expect(text).toContain("The host's share");
      expect(text).toContain('host, core-s');
    }
    for (const text of [page(plain), markdown(plain)]) expect(text).not.toContain("The host's share");
  });
});

describe('the driver that does nothing', () => {
  const [host, small] = [loadScenario('host'), loadScenario('small')];

  test('is for its scenarios alone', () => {
    expect(needsNullDriver([host], {})).toBe(true);
    expect(needsNullDriver([host], { FAKE_CUDA_NULL: '1' })).toBe(false);
    expect(needsNullDriver([small], {})).toBe(false);
    expect(() => needsNullDriver([small, host], {})).toThrow('--scenario host replaces the driver, also for small');
  });

  test('where it is not built, the line says how to build it', () => {
    expect(noNullDriver({ CARGO_TARGET_DIR: '/nowhere' })).toContain('npm run fake-cuda');
  });
});
