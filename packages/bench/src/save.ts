import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, asAppError, Exit, lineOf } from '@zemosaic/core';
import { markdown } from './markdown.ts';
import { page } from './page/page.ts';
import { RECORD, type Saved } from './record.ts';

/** The files a bench writes. */
export interface BenchFiles {
  json: string;
  markdown: string;
  html: string;
}

export function filesOf(dir: string): BenchFiles {
  return { json: join(dir, RECORD), markdown: join(dir, 'bench.md'), html: join(dir, 'bench.html') };
}

/**
 * The folder for results, made before any work; by default every bench gets a new one. `read`: files that the bench reads.
 * @throws AppError exit 5 when it holds results that may not be replaced, or cannot be made; exit 2 when one is read.
 */
export function resultFolder(
  { out: asked, force }: { out: string | null; force: boolean },
  kind: 'bench' | 'peers',
  read: readonly string[],
): string {
  const now = new Date().toISOString().replace('T', '-').replaceAll(':', '').slice(0, 17);
  const dir = asked ?? join('zemosaic-bench', now);
  const results = ['json', 'md', 'html'].map((ending) => join(dir, `${kind}.${ending}`));
  const reals = new Set(read.map(realOf));
  const same = results.find((path) => reals.has(realOf(path)));
  if (same !== undefined) {
    const reason = 'both output and read by this run; give --out another folder';
    throw new AppError(Exit.usage, 'output_is_input', lineOf({ path: same, reason }));
  }
  const there = results.find((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  if (there !== undefined && !force) {
    throw new AppError(Exit.disk, 'exists', `${there} exists; give --out another folder, or --force to replace it`);
  }
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  return dir;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Writes a result as a whole, or not at all. A link at its name is replaced, not followed. */
export function put(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  // What others have of that name stays.
  writeFileSync(fresh, '', { flag: 'wx' });
  try {
    writeFileSync(fresh, text);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** Writes a bench as JSON, as Markdown and as one HTML page. */
export function saveBench(dir: string, saved: Saved): BenchFiles {
  const files = filesOf(dir);
  try {
    put(files.json, `${JSON.stringify(saved, null, 1)}\n`);
    put(files.markdown, markdown(saved));
    put(files.html, page(saved));
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  return files;
}
