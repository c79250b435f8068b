import { join } from 'node:path';

/** The path of a file of this package, by its name below `src`. In the bundle of a release, whose files lie elsewhere, it is found by the package. */
export function ownFile(name: string): string {
  return join(import.meta.dirname, name);
}
