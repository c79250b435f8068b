import { debugVariables, Exit, type ExitCode, powerOf } from '@zemosaic/core';
import type { Context } from '../context.ts';
import { bytes, counted } from '../render/words.ts';

interface Checkup {
  version: string;
  bun: string;
  system: string;
  host: {
    threads: number;
    simd: string;
    ram_total: number;
    ram_available: number;
    cgroup_limit: number | null;
    power: string;
  };
  /** Free bytes on the disk of the current folder. */
  disk_free: number | null;
  backends: { name: string; usable: boolean; note: string }[];
  wgpu_adapters: {
    index: number;
    name: string;
    api: string;
    driver: string;
    software: boolean;
    maxBuffer: number;
    maxBinding: number;
    total: number | null;
    free: number | null;
  }[];
  cuda_devices: {
    index: number;
    name: string;
    compute: string;
    driver: string;
    total: number;
    free: number | null;
    usable: boolean;
  }[];
  debug_variables: Record<string, string>;
  advice: string[];
}

/** `zemosaic doctor`: what this machine has, and what to do about anything missing. */
export async function runDoctor(context: Context): Promise<ExitCode> {
  const { engine, environment } = context;
  const facts = engine.hostFacts();
  const host = {
    threads: facts.threads,
    simd: facts.simd,
    ram_total: facts.ramTotal,
    ram_available: facts.ramAvailable,
    cgroup_limit: facts.cgroupLimit ?? null,
    power: powerOf(facts, environment),
  };
  const disk = engine.diskFree('.');
  const [cuda, wgpu] = await Promise.all([engine.cudaFacts(true), engine.wgpuFacts()]);
  const checkup: Checkup = {
    version: context.version,
    bun: Bun.version,
    system: `${process.platform} ${process.arch}`,
    host,
    disk_free: disk,
    backends: [
      { name: 'cpu', usable: true, note: `${counted(host.threads, 'thread')}, ${host.simd}` },
      { name: 'cuda', usable: cuda.devices.some((device) => device.usable), note: cuda.problem?.reason ?? '' },
      { name: 'wgpu', usable: wgpu.adapters.length > 0, note: wgpu.problem?.reason ?? '' },
    ],
    cuda_devices: cuda.devices.map(({ free, ...device }) => ({ ...device, free: free ?? null })),
    wgpu_adapters: wgpu.adapters.map(({ free, total, ...adapter }) => ({
      ...adapter,
      free: free ?? null,
      total: total ?? null,
    })),
    debug_variables: debugVariables(environment),
    advice: advice(host, disk),
  };
  context.renderer.result('doctor', { ...checkup }, () => lines(checkup));
  return Exit.done;
}

function deviceLine({ name, compute, driver, total, free, usable }: Checkup['cuda_devices'][number]): string {
  const memory = free === null ? `${bytes(total)}, free unknown` : `${bytes(free)} free of ${bytes(total)}`;
  return `${name}, compute ${compute}${usable ? '' : ' (too old)'}, driver CUDA ${driver}, ${memory}`;
}

function adapterLine(adapter: Checkup['wgpu_adapters'][number]): string {
  const { name, api, driver, software, maxBinding, total, free } = adapter;
  const memory = total === null || free === null ? 'memory unknown' : `${bytes(free)} free of ${bytes(total)}`;
  const kind = software ? 'software' : 'hardware';
  return `${name}, ${api}, ${driver}, ${kind}, ${memory}, binds up to ${bytes(maxBinding)}`;
}

function advice(host: Checkup['host'], disk: number | null): string[] {
  const low = 1024 ** 3;
  const said: string[] = [];
  if (Math.min(host.ram_available, host.cgroup_limit ?? Infinity) < low) {
    said.push('little memory is free: close programs, or lower --ram-mb');
  }
  if (disk !== null && disk < low) said.push('little disk space is free here: use a path on another disk for -o');
  if (host.power === 'battery') said.push('on battery: expect a slower CPU');
  return said;
}

function lines(checkup: Checkup): string[] {
  const { host } = checkup;
  const rows: [string, string][] = [
    ['zemosaic', `${checkup.version}, Bun ${checkup.bun}, ${checkup.system}`],
    ['cpu', `${counted(host.threads, 'thread')}, ${host.simd}`],
    ['memory', `${bytes(host.ram_available)} available of ${bytes(host.ram_total)}`],
    ['cgroup', host.cgroup_limit === null ? 'no limit' : `${bytes(host.cgroup_limit)} left`],
    ['disk', checkup.disk_free === null ? 'unknown' : `${bytes(checkup.disk_free)} free here`],
    ['power', host.power],
    ...checkup.backends.map((backend): [string, string] => [
      'backend',
      `${backend.name.padEnd(5)} ${backend.usable ? 'ready' : backend.note}`,
    ]),
    ...checkup.cuda_devices.map((device): [string, string] => [`cuda ${device.index}`, deviceLine(device)]),
    ...checkup.wgpu_adapters.map((adapter): [string, string] => [`wgpu ${adapter.index}`, adapterLine(adapter)]),
    ...Object.entries(checkup.debug_variables).map(([name, value]): [string, string] => ['debug', `${name}=${value}`]),
    ['to do', checkup.advice.length === 0 ? 'nothing, all is well' : checkup.advice.join('; ')],
  ];
  return rows.map(([name, value]) => `${name.padEnd(9)} ${value}`);
}
