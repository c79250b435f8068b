import { describe } from '../error.ts';
import { ownFile } from '../own-file.ts';
import { addon } from './addon.ts';
import type { CudaFacts, WgpuFacts } from './native.d.ts';
import { scriptWords } from './start.ts';

/** A driver that has many devices to wake takes seconds. */
const LONGEST_SECONDS = 20;
/** Codes of drivers that failed in a way that would have ended the program. */
export const FAILED = { crashed: 'driver_crashed', hung: 'driver_hung' } as const;

/** What was said where there is no driver of CUDA; looking for one under all of its names takes a millisecond. */
let none: CudaFacts | null = null;

/** The devices of CUDA, or why there are none. Asked in another process where there is a driver to ask. */
export async function cudaFacts(withFree: boolean, device?: number): Promise<CudaFacts> {
  if (none !== null) return none;
  if (!addon().driverFiles().cuda) {
    const facts = addon().cudaFacts(withFree, device);
    if (facts.devices.length === 0) none = facts;
    return facts;
  }
  const { answer, code, why } = await ask<CudaFacts>(['cuda', withFree ? 'free' : '', `${device ?? ''}`]);
  if (answer !== null) return answer;
  const reason = `the NVIDIA driver ${why}; check that nvidia-smi works, or use --backend cpu`;
  return { devices: [], problem: { code, reason } };
}

/** The adapters of wgpu, or why there are none. Asked in another process where there is a driver to ask. */
export async function wgpuFacts(): Promise<WgpuFacts> {
  if (!addon().driverFiles().wgpu) return addon().wgpuFacts();
  const { answer, code, why } = await ask<WgpuFacts>(['wgpu']);
  if (answer !== null) return answer;
  const reason = `a graphics driver ${why}; check that vulkaninfo works, or use --backend cpu`;
  return { adapters: [], problem: { code, reason } };
}

interface Asked<T> {
  answer: T | null;
  code: string;
  why: string;
}

const answers = new Map<string, Promise<Asked<unknown>>>();

/** What a driver says, asked once. */
function ask<T>(words: string[]): Promise<Asked<T>> {
  const key = words.join(' ');
  const asked = (answers.get(key) as Promise<Asked<T>> | undefined) ?? start<T>(words);
  answers.set(key, asked);
  return asked;
}

async function start<T>(words: string[]): Promise<Asked<T>> {
  try {
    return await askNow<T>(words);
  } catch (error) {
    return { answer: null, code: FAILED.crashed, why: `could not be asked (${describe(error).message})` };
  }
}

async function askNow<T>(words: string[]): Promise<Asked<T>> {
  const seconds = Number(process.env.ZEMOSAIC_PROBE_SECONDS) || LONGEST_SECONDS;
  const [bun = '', ...rest] = scriptWords(ownFile('native/ask-driver.ts'));
  // A process that waits in a driver would outlive this one.
  const child = Bun.spawn([bun, '--no-orphans', ...rest, ...words], {
    env: { ...process.env, BUN_ENABLE_CRASH_REPORTING: '0' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const [text] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  clearTimeout(timer);
  if (hung) return { answer: null, code: FAILED.hung, why: `did not answer within ${seconds} s` };
  const answer = child.exitCode === 0 ? parse<T>(text) : null;
  const end = child.signalCode ?? `exit ${child.exitCode}`;
  return { answer, code: FAILED.crashed, why: `crashed when it was asked for its devices (${end})` };
}

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as T;
  } catch {
    return null;
  }
}
