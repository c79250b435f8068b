import { closeSync, fsyncSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '@zemosaic/core';
import type { Ceilings } from './record.ts';

const BYTES = 134_217_728;
const PIECE = 4_194_304;
const ROUNDS = 5;

/**
 * The most this machine can do, best of five: bytes per second of a memory copy (bytes read and written both count), of
 * reading and writing a file in the page cache by one thread, and of fsync on the disk of `dir`; and pixels per second
 * of the plainest bilinear warp by all threads.
 */
export async function measureCeilings(dir: string, engine: Engine): Promise<Ceilings> {
  const none = { read: null, write: null, sync: null };
  const warp = await engine.warpCeiling(engine.hostFacts().threads);
  return { copy: copySpeed(), warp, ...(roomIn(dir) ? fileSpeed(dir) : none) };
}

function roomIn(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize > 8 * BYTES;
  } catch {
    return false;
  }
}

function best(measure: () => number): number {
  let most = 0;
  for (let round = 0; round < ROUNDS; round += 1) most = Math.max(most, measure());
  return most;
}

/** Bytes per second at which `work` handles `bytes`. */
function rate(bytes: number, work: () => void): number {
  const start = performance.now();
  work();
  return bytes / Math.max(1e-6, (performance.now() - start) / 1000);
}

function copySpeed(): number {
  const from = new Uint8Array(BYTES).fill(1);
  const to = new Uint8Array(BYTES).fill(2);
  return best(() => rate(2 * BYTES, () => to.set(from)));
}

function fileSpeed(dir: string): Pick<Ceilings, 'read' | 'write' | 'sync'> {
  const path = join(dir, `ceiling-${process.pid}`);
  const piece = new Uint8Array(PIECE).fill(7);
  const found = { read: 0, write: 0, sync: 0 };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      rmSync(path, { force: true });
      const file = openSync(path, 'w+');
      try {
        const write = rate(BYTES, () => {
          for (let at = 0; at < BYTES; at += PIECE) writeSync(file, piece, 0, PIECE, at);
        });
        const sync = rate(BYTES, () => fsyncSync(file));
        const read = rate(BYTES, () => {
          for (let at = 0; at < BYTES; at += PIECE) readSync(file, piece, 0, PIECE, at);
        });
        found.write = Math.max(found.write, write);
        found.sync = Math.max(found.sync, sync);
        found.read = Math.max(found.read, read);
      } finally {
        closeSync(file);
      }
    }
  } finally {
    rmSync(path, { force: true });
  }
  return found;
}
