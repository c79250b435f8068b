import { rmSync } from 'node:fs';

/** Does some work with a file or folder that is gone afterwards, also when a signal ends the process meanwhile. */
export async function removedAfter<T>(path: string, work: () => Promise<T>): Promise<T> {
  // Threads of the engine may still be writing into a folder.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  process.on('exit', remove);
  try {
    return await work();
  } finally {
    process.off('exit', remove);
    remove();
  }
}
