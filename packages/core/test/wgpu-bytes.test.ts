import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wgpuEstimate } from '../src/budget/wgpu-bytes.ts';
import { chunkOf, type GoldenChunk } from './golden-chunk.ts';

const MB = 1_048_576;
/** Bytes that the engine allocates for chunks of many shapes, written by its own tests. */
const golden = join(import.meta.dir, '../../../crates/wgpu/tests/chunk-bytes.json');
const cases = JSON.parse(readFileSync(golden, 'utf8')) as (GoldenChunk & {
  binding: number;
})[];

describe('bytes on wgpu', () => {
  test('are to the byte what the engine allocates', () => {
    expect(cases.length).toBeGreaterThan(20);
    for (const one of cases) expect(wgpuEstimate(one, one.binding).bytes(chunkOf(one))).toBe(one.bytes);
  });

  test('a stack is there for the rules that need one, is bounded, and never falls with rows', () => {
    const roomy = cases.filter((one) => one.combine === 'mean' && one.binding > 100 * MB && one.tiles.length > 0);
    expect(roomy.length).toBeGreaterThan(3);
    for (const one of roomy) {
      const stacked = wgpuEstimate({ ...one, combine: 'median' }, one.binding);
      const plain = wgpuEstimate(one, one.binding);
      let before = 1;
      for (let row1 = one.row0 + 1; row1 < one.row0 + 600; row1 += 7) {
        const stack = stacked.bytes(chunkOf({ ...one, row1 })) - plain.bytes(chunkOf({ ...one, row1 }));
        expect(stack).toBeGreaterThanOrEqual(before);
        expect(stack).toBeLessThanOrEqual(16 * MB);
        before = stack;
      }
    }
  });

  test('a stack that no binding holds shows in the largest buffer', () => {
    const one = cases.find((c) => c.combine === 'median' && c.row1 - c.row0 > 32);
    if (one === undefined) throw new Error('a case wanted');
    expect(wgpuEstimate(one, one.binding).largest(chunkOf({ ...one, depth: 400 }))).toBeGreaterThan(one.binding);
  });
});
