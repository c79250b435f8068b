import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { filesIn, type Ran, zemosaic } from '../program.ts';

const root = resolve(import.meta.dir, '../../..');

/** The folder of the fake CUDA driver; null on systems that it does not support. */
export const fakeCuda: string | null = process.platform === 'linux' ? buildFakeCuda() : null;

/** Without the driver suites are skipped, and say so. */
export const ready = fakeCuda !== null;
if (!ready) process.stderr.write('e2e: no fake CUDA driver on this system, protocol suites skipped\n');

/** A GPU backend on which the protocol is tested. */
export interface Gpu {
  name: 'cuda' | 'wgpu';
  environment: Record<string, string>;
}

/** The GPU backends of this machine: CUDA on the fake driver, and wgpu if there is an adapter (Mesa's is enough). */
export const gpus: Gpu[] = ready
  ? [{ name: 'cuda' as const, environment: { LD_LIBRARY_PATH: fakeCuda ?? '' } }, ...(await wgpu())]
  : [];

async function wgpu(): Promise<Gpu[]> {
  const doctor = await zemosaic(['doctor', '--json']);
  const found = ((doctor.events[0]?.wgpu_adapters ?? []) as unknown[]).length > 0;
  if (!found) process.stderr.write('e2e: no wgpu adapter, the protocol on wgpu is skipped\n');
  return found ? [{ name: 'wgpu', environment: {} }] : [];
}

function buildFakeCuda(): string {
  const made = Bun.spawnSync([process.execPath, 'run', '--silent', 'fake-cuda'], { cwd: root, stderr: 'inherit' });
  if (made.exitCode !== 0) throw new Error('the fake CUDA driver could not be built');
  return made.stdout.toString().trim();
}

/** A folder of this test process, with the nine colour tiles of the demo in `tiles`. */
export async function workplace(): Promise<string> {
  const dir = join(tmpdir(), `zemosaic-protocol-${process.pid}`);
  if (!existsSync(join(dir, 'sky', 'mosaic.fits'))) {
    mkdirSync(dir, { recursive: true });
    const made = await zemosaic(['demo', '-o', join(dir, 'sky')]);
    if (made.exit !== 0) throw new Error(made.err);
  }
  return dir;
}

export const tilesOf = (dir: string): string[] => filesIn(join(dir, 'sky', 'tiles'));

/** A mosaic of the demo tiles on a GPU backend, with the levers and options given. */
export async function onGpu(
  gpu: Gpu,
  dir: string,
  out: string,
  environment: Record<string, string>,
  options: readonly string[] = [],
): Promise<Ran> {
  const argv = ['mosaic', ...tilesOf(dir), '-o', join(dir, out), '--force', '--reproducible', '--json'];
  return zemosaic([...argv, '--backend', gpu.name, ...options], { ...gpu.environment, ...environment });
}

/** The same mosaic on the CPU, the reference for every other. */
export async function onCpu(dir: string, out = 'cpu.fits'): Promise<string> {
  const path = join(dir, out);
  if (!existsSync(path)) {
    const ran = await zemosaic(['mosaic', ...tilesOf(dir), '-o', path, '--reproducible', '--backend', 'cpu']);
    if (ran.exit !== 0) throw new Error(ran.err);
  }
  return path;
}

/** Lines on stderr that contain `text`. */
export function lines(ran: Ran, text: string): string[] {
  return ran.err.split('\n').filter((line) => line.includes(text));
}

/** The figure after `name=` in a log line. */
export function figure(line: string, name: string): number {
  return Number(new RegExp(`(?:^|\\s)${name}=([-\\d.]+)`).exec(line)?.[1] ?? Number.NaN);
}

export const REFRESH = 'Phase5 GPU VRAM refresh';
export const RETRY = '[GPU Reproject] OOM retry';
