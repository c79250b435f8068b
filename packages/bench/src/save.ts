import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, asAppError, Exit } from '@zemosaic/core';
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
 * The folder for results, made before any work; by default every bench gets a new one.
 * @throws AppError exit 5 when it holds results that may not be replaced, or cannot be made.
 */
export function resultFolder(asked: string | null, force: boolean, kind: 'bench' | 'peers'): string {
  const now = new Date().toISOString().replace('T', '-').replaceAll(':', '').slice(0, 17);
  const dir = asked ?? join('zemosaic-bench', now);
  const there = ['json', 'md', 'html'].map((ending) => join(dir, `${kind}.${ending}`)).find((path) => existsSync(path));
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

/** Writes a bench as JSON, as Markdown and as one HTML page. */
export function saveBench(dir: string, saved: Saved): BenchFiles {
  const files = filesOf(dir);
  try {
    writeFileSync(files.json, `${JSON.stringify(saved, null, 1)}\n`);
    writeFileSync(files.markdown, markdown(saved));
    writeFileSync(files.html, page(saved));
  } catch (error) {
    throw asAppError(error, Exit.disk);
  }
  return files;
}
